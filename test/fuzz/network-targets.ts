/** Every decoder that reads bytes of a network, with samples it takes. */
import assert from 'node:assert/strict'
import * as Y from 'yjs'
import { catalogRequestCodec, catalogResponseCodec, catalogUpdateCodec } from '#protocols/catalog.ts'
import { chunkRequestCodec, chunkResponseCodec } from '#protocols/chunk.ts'
import type { Codec } from '#protocols/codec.ts'
import { cameraIdOf, chunkIdOf, parseAssetId, parseCameraId, parseChunkId, type PeerId } from '#protocols/ids.ts'
import { capabilityCodec, certificateCodec, inviteCodec, joinRequestCodec, joinResponseCodec, keyResponseCodec } from '#protocols/join.ts'
import { deskRequestCodec, deskResponseCodec, mediaCodec } from '#protocols/media.ts'
import { presenceCodec } from '#protocols/presence.ts'
import { viewerRequestCodec, viewerResponseCodec } from '#protocols/viewer.ts'
import { rpcFrameCodec } from '#protocols/rpc.ts'
import { splitAnnexB, splitAvcc } from '#protocols/rtp/h264.ts'
import { parseAv1Sequence } from '#protocols/rtp/av1-sequence.ts'
import { parseH265Sps } from '#protocols/rtp/h265-sps.ts'
import { beginsKeyframe, depacketiserOf, VIDEO_CODECS, type VideoCodec } from '#protocols/rtp/video-codecs.ts'
import { parseVp8Keyframe } from '#protocols/rtp/vp8.ts'
import { parseVp9Keyframe } from '#protocols/rtp/vp9.ts'
import { parseSps } from '#protocols/rtp/h264-sps.ts'
import { buildRtp, parseRtp, type RtpPacket } from '#protocols/rtp/packet.ts'
import { parseListen } from '../../node/http/listen-address.ts'
import { matchesETag, parseRange } from '../../node/http/byte-range.ts'
import { sniff } from '../../node/library/sniff.ts'
import { readPublisherOffer } from '../../node/live/whip/publisher-offer.ts'
import { readFragment } from '../../node/live/webrtc/sdp-fragment.ts'
import { readViewerAnswer, readViewerOffer } from '../../node/live/webrtc/sdp-offer.ts'
import { type RtspInput, RtspParser } from '../../node/outputs/rtsp/message.ts'
import { chooseTransport } from '../../node/outputs/rtsp/transport-header.ts'
import { boxesIn, findBox } from '../../node/recording/boxes.ts'
import { avcConfiguration } from '../../node/recording/decoder-configuration.ts'
import { initSegment, movePart, partSegment, readInit } from '../../node/recording/fmp4.ts'
import { answered } from '../../peer/sources/onvif/discover.ts'
import { parseXml } from '../../peer/sources/onvif/soap.ts'
import { decodeAmf0, encodeAmf0 } from '../../peer/sources/rtmp/amf0.ts'
import { ChunkReader } from '../../peer/sources/rtmp/chunk-reader.ts'
import { parseSource } from '../../peer/sources/source-spec.ts'
import { decodeRecordingManifest, encodeRecordingManifest } from '../../ring/catalog/recording-manifest.ts'
import { applyRemote, checkStateVector, checkUpdate } from '../../ring/catalog/remote-update.ts'
import { readRoot } from '../../ring/catalog/root-entry.ts'
import { decodeManifest, decodeManifestPart, encodeManifest, encodeManifestPart } from '../../ring/chunks/manifest.ts'
import { createInvite, formatInvite, parseInvite } from '../../ring/identity/invite.ts'
import { parseAddress, peerOfAddress } from '../../ring/network/dialer.ts'
import { FrameParser, prefixed } from '../../ring/network/frame-parser.ts'
import type { FuzzTarget } from './fuzz.ts'

const utf8 = (text: string): Uint8Array => Buffer.from(text)
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8')
const bytes32 = new Uint8Array(32).fill(7)
const peer = '12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN' as PeerId
const address = `/ip4/192.0.2.7/tcp/4001/p2p/${peer}`
const chunk = chunkIdOf(bytes32)
const AV1_HEADER = Buffer.from('0a0b0000002d4cffb3cdaf9004', 'hex')
const HEVC_SPS = Buffer.from('42010101600000030090000003000003003ca00a080f165959a4932bc05a020000030002000003003c10', 'hex')
const SPS = Buffer.from('6742c01fda014016ec0440000003004000000c83c60ca8', 'hex')
const PPS = Buffer.from('68ce3c80', 'hex')

/** A message type: what it takes it writes again, and reads back as the same. */
function codec<T extends object>(name: string, { encode, decode }: Codec<T>, samples: readonly unknown[]): FuzzTarget {
  return {
    name, decode, samples: samples.map((sample) => encode(sample as T)),
    again: (value) => {
      const bytes = Uint8Array.from(encode(value as T)) // decoded bytes are views of the same class as the input
      assert.deepEqual(decode(bytes), value)
    }
  }
}

const certificate = { ringId: 'ab'.repeat(32), peerId: peer, role: 'node', issuedAtMs: 1, expiresAtMs: 2, signature: randomBytesOf(64) }
const capability = { ringKey: bytes32, ringId: 'ab'.repeat(32), uses: 1, role: 'peer', issuedAtMs: 1, expiresAtMs: 2, inviteKey: bytes32, signature: randomBytesOf(64) }
const track = { index: 0, kind: 'video', codec: 'H264', clockRate: 90_000, channels: 0, fmtp: 'profile-level-id=42e01f', width: 1_280, height: 720 }

const cameraOrder = { id: 1, cameraId: 'porch', action: 'stop', bitsPerSecond: 300_000, width: 320, height: 180, fps: 12.5, device: { format: 'MJPG', width: 640, height: 480, fps: 30, controls: [{ name: 'gain', value: 3 }], remembered: true } }
const peerReport = { name: 'attic', cameras: [{ cameraId: 'porch', name: 'Porch', source: 'test', state: 'off', reason: 'x', note: '', adjustable: true, settable: true }], devices: [{ kind: 'v4l2', source: 'v4l2:/dev/video0', name: 'Cam', aliases: ['v4l2:usb-1'], state: 'free', cameraId: '', reason: '', modes: [{ format: 'YUYV', width: 640, height: 480, fps: [30] }], controls: [{ name: 'gain', kind: 'menu', min: 0, max: 9, step: 1, defaultValue: 2, value: 1, choices: [{ value: 1, label: 'low' }], locked: true }], now: { format: 'YUYV', width: 640, height: 480, fps: [30], anyRate: true } }] }

const messages: FuzzTarget[] = [
  codec('RpcFrame', rpcFrameCodec(65_536), [{ id: 1, body: bytes32 }, { id: 2, errorCode: 'ERR_X', errorMessage: 'no' }]),
  codec('Capability', capabilityCodec, [capability]),
  codec('Certificate', certificateCodec, [certificate]),
  codec('Invite', inviteCodec, [{ capability, inviteSeed: bytes32, addresses: [address] }]),
  codec('JoinRequest', joinRequestCodec, [{ capability, proof: randomBytesOf(64), name: 'birch', zone: 'attic', weight: 1, addresses: [address] }]),
  codec('JoinResponse', joinResponseCodec, [{ certificate, ringKey: bytes32, ringSeed: bytes32, nodes: [{ peerId: peer, name: 'x', zone: '', weight: 1, addresses: [address] }] }, { errorCode: 'ERR', errorMessage: 'no' }]),
  codec('KeyResponse', keyResponseCodec, [{ ringSeed: bytes32 }]),
  codec('Presence', presenceCodec, [{ freeBytes: 1, usedBytes: 2, chunks: 3, acceptsWrites: true, layoutDigest: 'ab', http: 'http://192.0.2.1:8080', cameras: [{ cameraId: 'porch', name: 'Porch', peerId: peer, lastDurableMs: 1, framesPerSecond: 29.97 }] }]),
  codec('MediaMessage', mediaCodec, [
    { publish: { cameraId: 'porch', cameraName: 'Porch', source: 'test', tracks: [track], insist: false } }, { packets: { packets: [{ track: 0, rtp: bytes32 }, { track: 1, rtp: bytes32 }] } },
    { subscribe: { cameraId: 'porch' } }, { accept: { tracks: [track], nodes: [{ peerId: peer, zone: 'z', weight: 1, addresses: [address] }] } }, { report: { track: 0, wallMs: 1.5, rtp: 9 } }, { keyframe: {} }, { peer: peerReport }, { order: cameraOrder }, { result: { id: 1, code: 'ERR_X', reason: 'no' } }, { probe: {} }, { load: { cameras: 1, viewers: 2 } }, { end: { reason: 'x' } }
  ]),
  codec('DeskRequest', deskRequestCodec, [{ list: {} }, { order: cameraOrder }]),
  codec('DeskResponse', deskResponseCodec, [{ machines: [{ peerId: peer, node: false, report: peerReport }] }]),
  codec('ViewerRequest', viewerRequestCodec, [{ cameraId: 'porch', offer: { sdp: 'v=0', lowDelay: true } }, { cameraId: 'porch', answer: { session: 'a', sdp: 'v=0' } }, { cameraId: 'porch', patch: { session: 'a', fragment: 'a=mid:0', ifMatch: '*' } }, { cameraId: 'porch', end: { session: 'a' } }]),
  codec('ViewerResponse', viewerResponseCodec, [{ answered: { session: 'a', sdp: 'v=0', tag: '"x"' } }, { offered: { session: 'a', sdp: 'v=0', validUntilMs: 1.5 } }, { patched: { tag: 'x', fragment: 'y' } }, { done: {} }]),
  codec('ChunkRequest', chunkRequestCodec, [{ get: { id: bytes32 } }, { put: { id: bytes32, data: bytes32 } }, { has: { ids: [bytes32, bytes32], counting: true } }, { list: { partition: 3, after: bytes32, limit: 9 } }, { digests: {} }, { verifyPartition: { partition: 1, after: bytes32, limit: 2 } }]),
  codec('ChunkResponse', chunkResponseCodec, [{ data: { found: true, data: bytes32 } }, { held: { held: [true, false] } }, { list: { ids: [bytes32], more: true } }, { bulk: { port: 4_001, key: bytes32, hosts: ['192.0.2.1'] } }, { verified: { ids: [bytes32], outcomes: ['GOOD'], bytes: 5, after: bytes32, more: false } }]),
  codec('CatalogUpdate', catalogUpdateCodec, [{ document: 'root', update: bytes32 }]),
  codec('CatalogRequest', catalogRequestCodec, [{ push: { document: 'ff', update: bytes32 } }, { digests: {} }, { sync: { document: '00', stateVector: bytes32 } }]),
  codec('CatalogResponse', catalogResponseCodec, [{ digests: { digests: { root: bytes32, '0f': bytes32 } } }, { sync: { update: bytes32, stateVector: bytes32 } }, { pushed: {} }])
]

const OFFER = ['v=0', 'o=- 1 2 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=group:BUNDLE 0 1', 'm=video 9 UDP/TLS/RTP/SAVPF 96 97', 'c=IN IP4 0.0.0.0', 'a=ice-ufrag:abcd', 'a=ice-pwd:abcdefghijklmnopqrstuvwx', `a=fingerprint:sha-256 ${'AB:'.repeat(31)}AB`, 'a=mid:0', 'a=recvonly', 'a=rtpmap:96 H264/90000', 'a=fmtp:96 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f', 'a=rtpmap:97 VP8/90000', 'm=audio 9 UDP/TLS/RTP/SAVPF 111', 'a=mid:1', 'a=recvonly', 'a=rtpmap:111 opus/48000/2', ''].join('\r\n')

const RTMP_BYTES = Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, 0, 0, 0, 200]), Buffer.from([3, 0, 0, 9, 0, 0, 20, 20, 1, 0, 0, 0]), Buffer.alloc(20, 2), Buffer.from([0x83, 0, 0, 1]), Buffer.alloc(20, 3)])
const PROBE_MATCH = '<s:Envelope xmlns:s="s"><s:Header><a:RelatesTo>urn:1</a:RelatesTo></s:Header><s:Body><d:ProbeMatches><d:ProbeMatch><a:EndpointReference><a:Address>urn:2</a:Address></a:EndpointReference><d:Scopes>onvif://www.onvif.org/name/Gate%20A</d:Scopes><d:XAddrs>http://192.0.2.7/onvif/device_service</d:XAddrs></d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>'

const mp4 = initSegment({ width: 1_280, height: 720, codec: 'H264', config: avcConfiguration(SPS, PPS), inBand: false, audioChannels: 2 })
const part = partSegment(1, [{ track: 1, time: 90_000, samples: [{ bytes: bytes32, duration: 3_000, offset: 0, key: true }] }])

const rootUpdate = ((): Uint8Array => {
  const doc = new Y.Doc()
  doc.getMap('admissions').set(peer, { peerId: peer, role: 'peer', name: 'pi', inviteKey: 'ab', admittedAtMs: 1, uses: 1 })
  doc.getMap('revoked').set(peer, { peerId: peer, role: 'peer', name: 'pi', by: '', reason: 'x', atMs: 1 })
  doc.getMap('keys').set('ab'.repeat(32), { ringKey: 'ab'.repeat(32), previous: 'cd'.repeat(32), author: peer, certificate: '', members: { [peer]: 'node' }, removed: [], createdAtMs: 1, signature: 'ef'.repeat(64) })
  doc.getMap('layout').set(`${peer}/name`, 'birch')
  doc.getMap('layout').delete(`${peer}/name`)
  doc.getText('notes').insert(0, 'words')
  return Y.encodeStateAsUpdate(doc)
})()

const parsers: FuzzTarget[] = [
  { name: 'frames', samples: [Buffer.concat([prefixed(bytes32), prefixed(new Uint8Array()), prefixed(new Uint8Array(300))])], decode: framesOf, again: (frames) => assert.ok(framesOf(Buffer.concat((frames as Uint8Array[]).map(prefixed))).length === (frames as Uint8Array[]).length) },
  { name: 'invite text', samples: [utf8(formatInvite(createInvite(bytes32, { role: 'node', expiresAtMs: 2, addresses: [address] }, 1)))], decode: (bytes) => parseInvite(text(bytes)) },
  { name: 'multiaddr', samples: [utf8(address), utf8('/ip6/::1/tcp/1'), utf8('/dns4/example.com/tcp/443')], decode: (bytes) => [parseAddress(text(bytes)), peerOfAddress(text(bytes))] },
  { name: 'chunk id', samples: [utf8(chunk)], decode: (bytes) => parseChunkId(text(bytes)) },
  { name: 'asset id', samples: [utf8('ab'.repeat(32))], decode: (bytes) => parseAssetId(text(bytes)) },
  { name: 'camera id', samples: [utf8('porch'), utf8('Pörch 2')], decode: (bytes) => parseCameraId(cameraIdOf(text(bytes))) },
  { name: 'Yjs update', samples: [rootUpdate], decode: applied },
  { name: 'Yjs state vector', samples: [Y.encodeStateVectorFromUpdate(rootUpdate), Uint8Array.of(1, 5, 9)], decode: checkStateVector },
  { name: 'manifest', samples: [encodeManifest({ size: 40, chunkBytes: 32, sha256: bytes32, chunks: [bytes32, bytes32], parts: [] })], decode: decodeManifest, again: (value) => assert.deepEqual(decodeManifest(encodeManifest(value as never)), value) },
  { name: 'manifest part', samples: [encodeManifestPart([bytes32, bytes32])], decode: (bytes) => decodeManifestPart(bytes, 2) },
  { name: 'recording manifest', samples: [encodeRecordingManifest({ pages: [chunk], parts: [{ startMs: 1, durationMs: 2, bytes: 3, key: true, copies: 2, chunks: [chunk] }] })], decode: decodeRecordingManifest, again: (value) => assert.deepEqual(decodeRecordingManifest(encodeRecordingManifest(value as never)), value) },
  { name: 'RTP', samples: [buildRtp({ marker: true, payloadType: 96, sequence: 1, timestamp: 2, ssrc: 3 }, bytes32), Buffer.from('b16000010000000200000003000000040100000100000000ffffff03', 'hex')], decode: parseRtp, again: (value) => assert.ok((value as RtpPacket).payload.byteLength <= 65_536) },
  ...VIDEO_CODECS.map((each): FuzzTarget => ({ name: `RTP stream of ${each}`, samples: [Buffer.concat(rtpStream().map((packet) => prefixed(packet)))], decode: (bytes) => accessUnitsOf(bytes, each) })),
  { name: 'AV1 sequence header', samples: [AV1_HEADER], decode: parseAv1Sequence },
  { name: 'HEVC SPS', samples: [HEVC_SPS], decode: parseH265Sps },
  { name: 'VP9 keyframe', samples: [Buffer.from('824983420013f00ef604', 'hex')], decode: parseVp9Keyframe },
  { name: 'VP8 keyframe', samples: [Buffer.from('1000009d012a4001f000', 'hex')], decode: parseVp8Keyframe },
  { name: 'SPS', samples: [SPS, Buffer.from('6764001facd9405005bb011000000300100000030320f1831960', 'hex')], decode: parseSps },
  { name: 'Annex B', samples: [Buffer.concat([Buffer.from([0, 0, 0, 1]), SPS, Buffer.from([0, 0, 1]), PPS])], decode: splitAnnexB },
  { name: 'AVCC', samples: [Buffer.concat([Buffer.from([0, 0, 0, SPS.length]), SPS])], decode: (bytes) => splitAvcc(bytes) },
  { name: 'SDP offer', samples: [utf8(OFFER)], decode: (bytes) => readViewerOffer(text(bytes), { codec: 'H264', fmtp: 'profile-level-id=42e01f' }), again: (value) => readViewerOffer((value as { sdp: string }).sdp, { codec: 'H264', fmtp: '' }) },
  { name: 'SDP answer', samples: [utf8(OFFER)], decode: (bytes) => readViewerAnswer(text(bytes), { codec: 'VP8', fmtp: '' }) },
  { name: 'SDP offer to publish', samples: [utf8(OFFER.replaceAll('recvonly', 'sendonly'))], decode: (bytes) => readPublisherOffer(text(bytes)), again: (value) => readPublisherOffer((value as { sdp: string }).sdp) },
  { name: 'SDP fragment', samples: [utf8('a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=candidate:1 1 udp 2122260223 192.0.2.1 61764 typ host\r\na=end-of-candidates\r\n')], decode: (bytes) => readFragment(text(bytes)) },
  { name: 'Range', samples: ['bytes=0-9', 'bytes=-5', 'bytes=5-', 'bytes=1-2,3-4'].map(utf8), decode: (bytes) => parseRange(text(bytes), 1_000), again: checkRange },
  { name: 'ETag', samples: [utf8('W/"abc", "def", *')], decode: (bytes) => matchesETag(text(bytes), 'abc') },
  { name: 'listen address', samples: [utf8('127.0.0.1:80'), utf8('[::1]:80')], decode: (bytes) => parseListen(text(bytes)) },
  { name: 'RTSP', samples: [utf8('SETUP rtsp://192.0.2.7:8554/porch/trackID=0 RTSP/1.0\r\nCSeq: 3\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n'), utf8('SET_PARAMETER * RTSP/1.0\nCSeq: 4\nContent-Length: 4\n\nbody'), Buffer.from('24010004deadbeef', 'hex')], decode: rtspOf, again: (value, bytes) => assert.deepEqual(rtspOf(bytes, 5), value) },
  { name: 'RTSP transport', samples: ['RTP/AVP;unicast;client_port=5000-5001', 'RTP/AVP/TCP;interleaved=0-1,RTP/AVP'].map(utf8), decode: (bytes) => chooseTransport(text(bytes)) },
  { name: 'camera source', samples: ['test?size=1280x720&fps=30', 'rtsp://user:pw@192.0.2.7/1', 'v4l2:/dev/video0?format=mjpeg', 'screen:0', 'file:/a.mp4', 'rtmp://:1935/live/secret-key', 'srt://:9000?mode=listener&passphrase=0123456789', 'onvif://u:p@192.0.2.7/main', 'v4l2:usb-8F2A'].map(utf8), decode: (bytes) => parseSource(text(bytes)) },
  { name: 'AMF0', samples: [Buffer.from(encodeAmf0('connect', 1, { app: 'live', fast: true, none: null }))], decode: (bytes) => decodeAmf0(Buffer.from(bytes)) },
  { name: 'RTMP chunks', samples: [RTMP_BYTES], decode: (bytes) => new ChunkReader().push(Buffer.from(bytes)) },
  { name: 'ONVIF answer', samples: [utf8(PROBE_MATCH)], decode: (bytes) => [parseXml(text(bytes)), answered(text(bytes), 'urn:1', '192.0.2.7')] },
  { name: 'MP4 init', samples: [mp4, initSegment({ width: 16, height: 16, codec: 'AV1', config: AV1_HEADER, inBand: false, audioChannels: 0 })], decode: (bytes) => readInit(Buffer.from(bytes)) },
  { name: 'MP4 boxes', samples: [mp4, part], decode: (bytes) => [boxesIn(Buffer.from(bytes)), findBox(Buffer.from(bytes), 'moov/trak/mdia')] },
  { name: 'MP4 part', samples: [part], decode: (bytes) => [90_000, -90_000].forEach((ticks) => movePart(Buffer.from(bytes), 7, () => ticks)) },
  { name: 'file type', samples: [mp4.subarray(0, 64), utf8('RIFF....WAVEfmt '), Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.from('1a45dfa3', 'hex'), Buffer.from('ffd8ffe0', 'hex')], decode: (bytes) => sniff(bytes) }
]

export const NETWORK_TARGETS: readonly FuzzTarget[] = [...messages, ...parsers]

function randomBytesOf(length: number): Uint8Array {
  return new Uint8Array(length).map((_, index) => index * 37)
}

function framesOf(bytes: Uint8Array): Uint8Array[] {
  const parser = new FrameParser(1_024)
  const frames: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += 5) {
    parser.push(bytes.subarray(at, at + 5))
    for (let frame = parser.next(); frame !== undefined; frame = parser.next()) frames.push(Uint8Array.from(frame))
  }
  return frames
}

/** In pieces of so many bytes, which must make no difference. */
function rtspOf(bytes: Uint8Array, pieces = bytes.length): RtspInput[] {
  const parser = new RtspParser()
  const inputs: RtspInput[] = []
  for (let at = 0; at < bytes.length; at += pieces) inputs.push(...parser.push(bytes.subarray(at, at + pieces)))
  return inputs
}

/** As a catalog does it: on a document that has something already; what it reads of it never throws. */
function applied(update: Uint8Array): void {
  checkUpdate(update)
  const doc = new Y.Doc()
  Y.applyUpdate(doc, rootUpdate)
  applyRemote(doc, update, { source: 'gossip', from: peer }, () => {})
  readRoot(doc)
  doc.destroy()
}

function rtpStream(): Uint8Array[] {
  const payloads = [Buffer.concat([Buffer.from([0x78, 0, SPS.length]), SPS, Buffer.from([0, PPS.length]), PPS]), Buffer.concat([Buffer.from([0x7c, 0x85]), bytes32]), Buffer.concat([Buffer.from([0x7c, 0x45]), bytes32]), Buffer.concat([Buffer.from([0x41]), bytes32])]
  return payloads.map((payload, index) => buildRtp({ marker: index >= 2, payloadType: 96, sequence: 65_534 + index & 0xffff, timestamp: index < 3 ? 1 : 3_001, ssrc: 1 }, payload))
}

function accessUnitsOf(bytes: Uint8Array, codec: VideoCodec = 'H264'): void {
  const parser = new FrameParser(1_500)
  const depacketiser = depacketiserOf(codec)
  parser.push(bytes)
  for (let frame = parser.next(); frame !== undefined; frame = parser.next()) {
    const packet = parseRtp(frame)
    beginsKeyframe(codec, packet.payload)
    depacketiser.push(packet)
  }
  depacketiser.flush()
}

function checkRange(range: unknown): void {
  if (range === undefined || range === 'unsatisfiable') return
  const { start, end } = range as { start: number; end: number }
  if (!(start >= 0 && start < end && end <= 1_000)) throw new InvalidRange(`${start} to ${end} of 1000`)
}

class InvalidRange extends RangeError {}
