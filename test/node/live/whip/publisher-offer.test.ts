import assert from 'node:assert/strict'
import { test } from 'uvu'
import { InvalidInputError, NotAcceptableOfferError, UnprocessableError } from '#protocols/errors.ts'
import { readPublisherOffer } from '../../../../node/live/whip/publisher-offer.ts'
import { readViewerAnswer, readViewerOffer, CounterOfferError } from '../../../../node/live/webrtc/sdp-offer.ts'

const ICE = ['a=ice-ufrag:abcd', 'a=ice-pwd:abcdefghijklmnopqrstuv', 'a=fingerprint:sha-256 00:11', 'a=setup:actpass', 'a=rtcp-mux']
const section = (kind: string, types: string, ...lines: string[]): string[] => [`m=${kind} 9 UDP/TLS/RTP/SAVPF ${types}`, 'c=IN IP4 0.0.0.0', ...ICE, ...lines]
const offer = (...sections: string[][]): string => ['v=0', 'o=- 1 1 IN IP4 0.0.0.0', 's=-', 't=0 0', 'a=group:BUNDLE 0 1', ...sections.flat(), ''].join('\r\n')

const H264 = (type: number, profile: string, mode = 1): string[] => [`a=rtpmap:${type} H264/90000`, `a=fmtp:${type} packetization-mode=${mode};profile-level-id=${profile}`, `a=rtcp-fb:${type} nack`, `a=rtcp-fb:${type} transport-cc`]
const VIDEO = section('video', '96 102 103 104 105', 'a=mid:0', 'a=sendonly', 'a=rtpmap:96 VP8/90000', ...H264(102, '640c1f'), ...H264(103, '42e01f', 0), ...H264(104, '42e01f'), 'a=rtpmap:105 rtx/90000', 'a=fmtp:105 apt=104', 'a=ssrc:1 cname:x', 'a=ssrc-group:FID 1 2', 'a=rid:q send', 'a=simulcast:send q', 'a=extmap:1 urn:x')
const AUDIO = section('audio', '111 63', 'a=mid:1', 'a=sendonly', 'a=rtpmap:63 red/48000/2', 'a=rtpmap:111 opus/48000/2', 'a=fmtp:111 useinbandfec=1')

test('of a browser\'s offer H.264 in mode 1 with the baseline every browser decodes is left, and Opus', () => {
  const { sdp, videoPayloadType, audioPayloadType, tracks } = readPublisherOffer(offer(VIDEO, AUDIO))
  assert.deepEqual([videoPayloadType, audioPayloadType], [104, 111])
  assert.match(sdp, /m=video 9 UDP\/TLS\/RTP\/SAVPF 104\r\n/)
  assert.doesNotMatch(sdp, /VP8|rtx|red\/|ssrc|simulcast|rid:|extmap|transport-cc/)
  assert.deepEqual(tracks.map(({ kind, codec, channels, fmtp }) => [kind, codec, channels, fmtp]), [['video', 'H264', 0, 'packetization-mode=1;profile-level-id=42e01f'], ['audio', 'opus', 2, 'useinbandfec=1']])
})

test('layers are known by how they are offered, and a stream with its repairs is none', () => {
  const layered = (...lines: string[]): boolean => readPublisherOffer(offer(section('video', '104', 'a=mid:0', 'a=sendonly', ...H264(104, '42e01f'), ...lines))).hasLayers
  assert.ok(layered('a=rid:f send', 'a=rid:q send', 'a=simulcast:send f;q'))
  assert.ok(layered('a=ssrc-group:SIM 1 2'))
  assert.ok(layered('a=ssrc-group:FID 1 2', 'a=ssrc-group:FID 3 4', ...[1, 2, 3, 4].map((ssrc) => `a=ssrc:${ssrc} cname:x`)))
  assert.ok(!layered())
  assert.ok(!layered('a=ssrc-group:FID 1 2', 'a=ssrc-group:FEC-FR 1 3', ...[1, 2, 3].flatMap((ssrc) => [`a=ssrc:${ssrc} cname:x`, `a=ssrc:${ssrc} msid:a b`])))
})

test('without that profile another in mode 1 will do; without sound there is one track', () => {
  const high = section('video', '102', 'a=mid:0', 'a=sendrecv', ...H264(102, '640c1f'))
  const { videoPayloadType, audioPayloadType, tracks } = readPublisherOffer(offer(high))
  assert.deepEqual([videoPayloadType, audioPayloadType, tracks.length], [102, undefined, 1])
})

test('what can not be taken whole is refused whole', () => {
  const bad: Record<string, string> = {
    'no video': offer(AUDIO), 'two videos': offer(VIDEO, VIDEO), 'a data channel': offer(VIDEO, ['m=application 9 UDP/DTLS/SCTP webrtc-datachannel', ...ICE]),
    'recvonly': offer(VIDEO).replace('a=sendonly', 'a=recvonly'), 'inactive': offer(VIDEO).replace('a=sendonly', 'a=inactive'), 'refused': offer(VIDEO).replace('m=video 9', 'm=video 0'),
    'nothing known': offer(VIDEO).replaceAll('H264', 'H263').replaceAll('VP8', 'theora'), 'mode 0': offer(section('video', '103', 'a=mid:0', 'a=sendonly', ...H264(103, '42e01f', 0))), 'no Opus': offer(VIDEO, AUDIO).replaceAll('opus', 'PCMU')
  }
  for (const [why, text] of Object.entries(bad)) assert.throws(() => readPublisherOffer(text), UnprocessableError, why)
})

test('without H.264 the publisher\'s own first choice is taken, of what is known here', () => {
  const chosen = (types: string, ...lines: string[]): unknown => readPublisherOffer(offer(section('video', types, 'a=mid:0', 'a=sendonly', ...lines))).tracks.map(({ codec, fmtp }) => [codec, fmtp])
  const lines = ['a=rtpmap:96 VP8/90000', 'a=rtpmap:98 VP9/90000', 'a=fmtp:98 profile-id=2', 'a=rtpmap:45 AV1/90000', 'a=fmtp:45 level-idx=5;profile=0;tier=0', 'a=rtpmap:49 H265/90000', 'a=rtpmap:97 rtx/90000']
  assert.deepEqual(chosen('97 45 98 96', ...lines), [['AV1', 'level-idx=5;profile=0;tier=0']])
  assert.deepEqual(chosen('98 45 96', ...lines), [['VP9', 'profile-id=2']])
  assert.deepEqual(chosen('96 98', ...lines), [['VP8', '']])
  assert.deepEqual(chosen('49 96', ...lines), [['H265', '']])
  assert.deepEqual(chosen('96 98 104', ...lines, ...H264(104, '42e01f')), [['H264', 'packetization-mode=1;profile-level-id=42e01f']])
})

test('a section that exists only in the bundle has port 0 and is not refused', () => {
  const bundled = offer(AUDIO, VIDEO).replace('m=video 9', 'm=video 0').replace('a=mid:0', 'a=mid:0\r\na=bundle-only')
  assert.match(readPublisherOffer(bundled).sdp, /m=video 9 /)
})

test('candidates with names are left out, more than a hundred are refused, and so is what is none', () => {
  const candidate = (address: string): string => `a=candidate:1 1 udp 2130706431 ${address} 5000 typ host`
  const withCandidates = (...lines: string[]): string => offer([...VIDEO, ...lines])
  const { sdp } = readPublisherOffer(withCandidates(candidate('192.0.2.1'), candidate('2001:db8::1'), candidate('0e1f.local'), candidate('metadata.internal')))
  assert.deepEqual(sdp.match(/a=candidate.*/g)?.map((line) => line.split(' ')[4]), ['192.0.2.1', '2001:db8::1'])
  assert.doesNotMatch(readPublisherOffer(withCandidates(candidate('0e1f.local'), 'a=end-of-candidates')).sdp, /end-of-candidates/, 'who hides all its addresses has more of them than it says')
  assert.throws(() => readPublisherOffer(withCandidates(...Array.from({ length: 101 }, () => candidate('192.0.2.1')))), InvalidInputError)
  assert.throws(() => readPublisherOffer(withCandidates('a=candidate:nonsense')), InvalidInputError)
})

const watching = (...sections: string[][]): string => offer(...sections).replaceAll('a=sendonly', 'a=recvonly')

test('a viewer without H.264 among its codecs is told why; one that did not say is made an offer', () => {
  assert.equal(readViewerOffer(watching(VIDEO, AUDIO), { codec: 'H264', fmtp: 'profile-level-id=640c1f' }).videoPayloadType, 102)
  const reason = (text: string): unknown => { try { return readViewerOffer(text, { codec: 'H264', fmtp: '' }) } catch (err) { return err } }
  const deaf = reason(watching(VIDEO).replaceAll('H264', 'VP9'))
  assert.ok(deaf instanceof NotAcceptableOfferError && !(deaf instanceof CounterOfferError))
  for (const [why, text] of Object.entries({ 'mode 0': watching(VIDEO).replaceAll('packetization-mode=1', 'packetization-mode=0'), 'sound only': watching(AUDIO), 'two videos': watching(VIDEO, VIDEO), 'wrong direction': offer(VIDEO) })) assert.ok(reason(text) instanceof CounterOfferError, why)
})

test('a viewer that wants to send something, or a data channel, is made an offer: nothing of it would be heard', () => {
  const reason = (text: string): unknown => { try { return readViewerOffer(text, { codec: 'H264', fmtp: '' }) } catch (err) { return err } }
  const channel = ['m=application 9 UDP/DTLS/SCTP webrtc-datachannel', ...ICE, 'a=mid:1']
  const [watched, heard] = [watching(VIDEO), watching(VIDEO, AUDIO)]
  for (const [why, text] of Object.entries({ 'a data channel': watching(VIDEO, channel), 'text': watching(VIDEO, section('text', '98', 'a=mid:1')), 'sound of its own': watched + AUDIO.join('\r\n') + '\r\n' })) assert.ok(reason(text) instanceof CounterOfferError, why)
  assert.equal(readViewerOffer(heard.replaceAll('recvonly', 'sendrecv'), { codec: 'H264', fmtp: '' }).audioPayloadType, 111, 'who could send is only asked to hear')
  assert.equal(readViewerOffer(watched + AUDIO.join('\r\n').replace('sendonly', 'inactive') + '\r\n', { codec: 'H264', fmtp: '' }).audioPayloadType, undefined)
  assert.throws(() => readViewerAnswer(watching(VIDEO, channel), { codec: 'H264', fmtp: '' }), InvalidInputError)
})

test('a viewer is sent what the camera sends, with the viewer\'s own number for it, and only in a profile it has', () => {
  const both = watching(section('video', '98 100 45', 'a=mid:0', 'a=sendonly', 'a=rtpmap:98 VP9/90000', 'a=fmtp:98 profile-id=0', 'a=rtpmap:100 VP9/90000', 'a=fmtp:100 profile-id=2', 'a=rtpmap:45 AV1/90000', 'a=rtcp-fb:100 nack'))
  const { videoPayloadType, codec, sdp } = readViewerOffer(both, { codec: 'VP9', fmtp: 'profile-id=2' })
  assert.deepEqual([videoPayloadType, codec], [100, 'VP9'])
  assert.match(sdp, /m=video 9 UDP\/TLS\/RTP\/SAVPF 100\r\n/)
  assert.equal(readViewerOffer(both, { codec: 'VP9', fmtp: '' }).videoPayloadType, 98, 'nothing said is profile 0')
  assert.equal(readViewerOffer(both, { codec: 'AV1', fmtp: 'level-idx=5;profile=0' }).videoPayloadType, 45)
  const refused = (fmtp: string, codec: 'VP9' | 'H265'): RegExp | string => { try { readViewerOffer(both, { codec, fmtp }); return '' } catch (err) { return String(err) } }
  assert.match(String(refused('profile-id=1', 'VP9')), /the camera sends VP9 in a profile/)
  assert.match(String(refused('', 'H265')), /the camera sends HEVC, and the offer has VP9, AV1 only: .*plays HEVC, or have the camera send H\.264/)
})

test.run()
