import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { InvalidMessageError } from '#protocols/errors.ts'
import { interleaved, MAX_BODY_BYTES, MAX_HEAD_BYTES, RtspParser, rtspResponse } from '../../../../node/outputs/rtsp/message.ts'
import { goodbye, senderReport } from '../../../../node/outputs/rtsp/rtcp.ts'
import { chooseTransport } from '../../../../node/outputs/rtsp/transport-header.ts'

const test = suite('RTSP messages')
const parse = (text: string | Buffer) => [...new RtspParser().push(Buffer.from(text))]

test('requests and interleaved packets are cut from the stream wherever it was split', () => {
  const stream = Buffer.concat([Buffer.from('OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n\r\n'), interleaved(1, Buffer.from('report')), Buffer.from('SET_PARAMETER rtsp://h/c RTSP/1.0\nCSeq: 2\nContent-Length: 4\nX-A: b\nX-a: c\n\nbody'), interleaved(3, Buffer.alloc(0))])
  const whole = parse(stream)
  assert.equal(whole.length, 4)
  assert.deepEqual(whole[1], { packet: { channel: 1, bytes: Buffer.from('report') } })
  const second = whole[2] as Extract<typeof whole[number], { request: unknown }>
  assert.equal(second.request.method, 'SET_PARAMETER')
  assert.equal(second.request.headers.get('x-a'), 'b, c')
  assert.equal(Buffer.from(second.request.body).toString(), 'body')
  const parser = new RtspParser()
  assert.deepEqual([...stream].flatMap((byte) => [...parser.push(Uint8Array.of(byte))]), whole)
})

test('what is malformed or too long is refused before it is kept', () => {
  for (const bad of [
    'hello\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n', 'OPTIONS  * RTSP/1.0\r\n\r\n', 'OPTIONS * RTSP/1.0\r\nno colon\r\n\r\n', 'OPTIONS * RTSP/1.0\r\n folded: x\r\n\r\n',
    `OPTIONS * RTSP/1.0\r\nX: ${'x'.repeat(MAX_HEAD_BYTES)}`, `OPTIONS * RTSP/1.0\r\n${'A: b\r\n'.repeat(65)}\r\n`, `SET_PARAMETER * RTSP/1.0\r\nContent-Length: ${MAX_BODY_BYTES + 1}\r\n\r\n`,
    'SET_PARAMETER * RTSP/1.0\r\nContent-Length: -1\r\n\r\n', 'SET_PARAMETER * RTSP/1.0\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', Buffer.from([0x24, 0, 0xff, 0xff])
  ]) assert.throws(() => parse(bad), InvalidMessageError, String(bad).slice(0, 60))
})

test('an answer can not be given lines of its own by what it repeats', () => {
  assert.equal(rtspResponse(551, { CSeq: '1\r\nEvil: yes', Unsupported: undefined }).toString(), 'RTSP/1.0 551 Option not supported\r\nCSeq: 1  Evil: yes\r\n\r\n')
  assert.match(rtspResponse(200, {}, 'ü').toString(), /Content-Length: 2\r\n\r\nü$/)
})

test('of several transports the first that can be done is taken, and none to a port of a service', () => {
  assert.deepEqual(chooseTransport('RTP/AVP;multicast;port=1-2,RTP/AVP;unicast;client_port=5000-5001;mode="PLAY"'), { type: 'udp', ports: [5_000, 5_001] })
  assert.deepEqual(chooseTransport('RTP/AVP/UDP;unicast;client_port=5000'), { type: 'udp', ports: [5_000, 5_001] })
  assert.deepEqual(chooseTransport('RTP/AVP/TCP;unicast;interleaved=4-5'), { type: 'tcp', channels: [4, 5] })
  assert.deepEqual(chooseTransport('RTP/AVP/TCP'), { type: 'tcp', channels: undefined })
  for (const none of ['', 'RTP/SAVP;unicast;client_port=5000-5001', 'RTP/AVP;unicast;client_port=53-54', 'RTP/AVP;unicast', 'RTP/AVP/TCP;interleaved=255-256', 'RTP/AVP/TCP;mode=RECORD', 'RTP/AVP;unicast;client_port=70000-70001']) {
    assert.equal(chooseTransport(none), undefined, none)
  }
})

test('a sender report carries the wall clock, the RTP time, the counts and the name', () => {
  const report = senderReport({ ssrc: 0xdeadbeef, wallMs: 1_500, timestamp: 2 ** 32 + 7, packets: 3, octets: 900 }, 'abcde')
  assert.equal(report.toString('hex'), '80c80006deadbeef83aa7e818000000000000007000000030000038481ca0003deadbeef0105616263646500')
  assert.equal(report.length % 4, 0)
  assert.equal(goodbye(1).toString('hex'), '80c900010000000181cb000100000001')
})

test.run()
