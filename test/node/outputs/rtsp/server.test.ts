// needs: ffmpeg
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { promisify } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { suite } from 'uvu'
import { InvalidInputError, ThatDamError } from '#protocols/errors.ts'
import type { TrackPacket } from '#protocols/media.ts'
import type { RtpPacket } from '#protocols/rtp/packet.ts'
import { nalType } from '#protocols/rtp/h264.ts'
import { silentLog } from '#ring/base/log.ts'
import { createMetrics } from '#ring/base/metrics.ts'
import { createRtspServer, type RtspServer, type RtspServerInit } from '../../../../node/outputs/rtsp/server.ts'
import { makeClip, renumbering } from '../../../support/camera-clip.ts'
import { outputCamera } from '../../../support/output-camera.ts'
import { RtspClient } from '../../../support/rtsp-client.ts'
import { until } from '../../../support/until.ts'

const run = promisify(execFile)
const clip = await makeClip({ seconds: 4, size: '640x360', gop: 30, bitrate: '800k' })
const source = outputCamera(clip)
const test = suite('RTSP server')
let server: RtspServer
const others: RtspServer[] = []

const serve = async (init: Partial<RtspServerInit> = {}): Promise<RtspServer> => {
  const made = createRtspServer({ log: silentLog, metrics: createMetrics() }, { listen: '127.0.0.1:0', open: source.open, knows: (id) => id === 'porch' || id === 'garage', authorize: undefined, ...init })
  others.push(made)
  await made.start()
  return made
}

test.before(async () => {
  server = await serve()
  source.come()
})
test.after(async () => {
  source.go()
  await Promise.all(others.map((each) => each.stop()))
})

interface Packet { codec_type: string; pts_time: string; flags: string; size: string }

/** What ffprobe makes of some seconds of the camera, in the order it came. */
async function packets(url = `${server.url}/porch`): Promise<Packet[]> {
  const { stdout } = await run('/usr/bin/ffprobe', ['-v', 'error', '-rtsp_transport', 'tcp', '-read_intervals', '%+2', '-show_entries', 'packet=codec_type,pts_time,flags,size', '-of', 'json', url], { timeout: 60_000 })
  return (JSON.parse(stdout) as { packets: Packet[] }).packets
}

for (const transport of ['tcp', 'udp'] as const) {
  test(`ffmpeg decodes picture and sound over ${transport} without a complaint, at the times of the source`, async () => {
    const { stdout, stderr } = await run('/usr/bin/ffmpeg', ['-v', 'warning', '-xerror', '-rtsp_transport', transport, '-i', `${server.url}/porch`, '-t', '2', '-fps_mode', 'passthrough', '-enc_time_base', '-1', '-map', '0:v', '-map', '0:a', '-f', 'framecrc', '-'], { timeout: 60_000, maxBuffer: 1 << 26 })
    assert.equal(stderr, '')
    const times = (stream: number): number[] => stdout.split('\n').map((line) => line.split(',')).filter(([index]) => index === String(stream)).map(([, , pts]) => Number(pts))
    assert.ok(times(1).length > 60, 'sound')
    const pictures = times(0)
    assert.ok(pictures.length > 45, 'pictures')
    const [unit = 0] = /#tb 0: 1\/(\d+)/.exec(stdout)?.slice(1).map(Number) ?? []
    const steps = pictures.slice(1).map((time, i) => (time - pictures[i]!) / unit)
    assert.ok(steps.every((step) => Math.abs(step - 1 / 30) < 0.002), `steps ${steps}`)
  })
}

/** How much later than pictures that came with it sound is to be heard, by the times a client sees. */
async function soundLateMs(): Promise<number> {
  const all = await packets()
  const late: number[] = []
  for (let i = 1; i < all.length; i++) {
    if (all[i]!.codec_type === 'audio' && all[i - 1]!.codec_type === 'video') late.push(Number(all[i]!.pts_time) - Number(all[i - 1]!.pts_time))
  }
  return late.sort((a, b) => a - b)[Math.floor(late.length / 2)]! * 1000
}

test('sound and picture are as far apart as the source says', async () => {
  const level = await soundLateMs()
  source.soundLateMs = 400
  await until(() => Math.abs((source.camera().lastReport(1)?.wallMs ?? 0) - (source.camera().lastReport(0)?.wallMs ?? 0)) > 300, 'the source has said so')
  const late = await soundLateMs()
  source.soundLateMs = 0
  assert.ok(Math.abs(late - level - 400) < 60, `${late} ms after ${level} ms`)
})

const GSTREAMER_SINKS = 's. ! application/x-rtp,media=video ! rtph264depay ! avdec_h264 ! fakesink num-buffers=30 s. ! application/x-rtp,media=audio ! rtpopusdepay ! opusdec ! fakesink num-buffers=30'.split(' ')

test('GStreamer decodes picture and sound, over TCP and over UDP', async () => {
  for (const protocols of ['tcp', 'udp']) {
    const play = () => run('/usr/bin/gst-launch-1.0', ['-q', 'rtspsrc', 'name=s', `location=${server.url}/porch`, `protocols=${protocols}`, 'latency=100', ...GSTREAMER_SINKS], { timeout: 60_000 })
    await play().catch(play).catch(play) // when all has come it sometimes trips over its own farewell
  }
})

test('every session is given back when its client is gone', async () => {
  await until(() => source.held() === 0, 'no feed is held')
})

test('a description names the tracks, with the parameter sets of the stream', async () => {
  const client = await RtspClient.connect(server.url)
  const { status, headers, body } = await client.send('DESCRIBE', `${server.url}/porch`, { Accept: 'application/sdp' })
  assert.equal(status, 200)
  assert.equal(headers.get('content-base'), `${server.url}/porch/`)
  assert.match(body, /m=video 0 RTP\/AVP 96\r\na=rtpmap:96 H264\/90000\r\na=fmtp:96 packetization-mode=1;profile-level-id=[0-9A-F]{6};sprop-parameter-sets=Z0[\w+/=]+,aM[\w+/=]+\r\na=control:trackID=0/)
  assert.match(body, /m=audio 0 RTP\/AVP 97\r\na=rtpmap:97 opus\/48000\/2\r\n/)
  client.end()
})

test('requests are answered with the statuses of the RFC', async () => {
  const client = await RtspClient.connect(server.url)
  const status = async (method: string, path: string, headers: Record<string, string> = {}): Promise<number> => (await client.send(method, `${server.url}${path}`, headers)).status
  const tcp = { Transport: 'RTP/AVP/TCP;unicast;interleaved=0-1' }
  assert.match((await client.send('OPTIONS', '*')).headers.get('public') ?? '', /DESCRIBE.*GET_PARAMETER.*TEARDOWN/)
  assert.equal(await status('DESCRIBE', '/attic'), 404)
  assert.equal(await status('DESCRIBE', '/../porch'), 404)
  const dark = await client.send('DESCRIBE', `${server.url}/garage`)
  assert.equal(dark.status, 503)
  assert.ok(Number(dark.headers.get('retry-after')) > 0)
  assert.equal(await status('DESCRIBE', '/porch', { Accept: 'text/plain' }), 406)
  assert.equal(await status('DESCRIBE', '/porch', { Require: 'implicit-play' }), 551)
  assert.equal(await status('SETUP', '/porch', tcp), 459)
  assert.equal(await status('SETUP', '/porch/trackID=7', tcp), 404)
  assert.equal(await status('SETUP', '/porch/trackID=0', { Transport: 'RTP/AVP;multicast' }), 461)
  assert.equal(await status('PLAY', '/porch', { Session: 'ab' }), 454)
  const made = await client.send('SETUP', `${server.url}/porch/trackID=0`, tcp)
  assert.match(made.headers.get('session') ?? '', /^[0-9a-f]{24};timeout=60$/)
  assert.match(made.headers.get('transport') ?? '', /interleaved=0-1;ssrc=[0-9A-F]{8}/)
  const Session = made.headers.get('session')!
  assert.equal(await status('SETUP', '/porch/trackID=0', { ...tcp, Session }), 455)
  assert.equal(await status('PAUSE', '/porch', { Session }), 455)
  assert.equal(await status('PLAY', '/porch', { Session }), 200)
  await until(() => client.rtp(0).length > 20, 'packets')
  assert.equal(await status('GET_PARAMETER', '/porch', { Session }), 200)
  assert.equal(await status('PAUSE', '/porch', { Session }), 200)
  assert.equal(await status('PLAY', '/porch', { Session }), 200)
  const { length } = client.packets
  await until(() => client.packets.length > length + 20, 'packets after the pause')
  assert.equal(await status('TEARDOWN', '/porch', { Session }), 200)
  assert.equal(source.held(), 0)
  assert.equal(await status('RECORD', '/porch'), 405)
  assert.equal(await status('REDIRECT', '/porch'), 501)
  assert.equal((await client.raw('OPTIONS * RTSP/2.0\r\nCSeq: 1\r\n\r\n')).status, 505)
  assert.equal((await client.raw('OPTIONS * RTSP/1.0\r\n\r\n')).status, 400)
  assert.equal((await client.raw('GET / HTTP/1.1\r\n\r\n')).status, 400)
  await until(() => client.closed, 'what speaks another language is let go')
})

test('numbers go on without a break through a pause, and what follows it is a keyframe', async () => {
  const client = await RtspClient.connect(server.url)
  const Session = await client.play(`${server.url}/porch`)
  await until(() => client.rtp(0).length > 30, 'packets')
  await client.send('PAUSE', `${server.url}/porch`, { Session })
  const before = client.rtp(0).length
  await client.send('PLAY', `${server.url}/porch`, { Session })
  await until(() => client.rtp(0).length > before + 10, 'more packets')
  const all = client.rtp(0)
  assertUnbroken(all.map(({ sequence }) => sequence))
  assert.ok(beginsPicture(all[before]!.payload))
  client.end()
})

const beginsPicture = (payload: Uint8Array): boolean => [7, 24].includes(nalType(payload))

function assertUnbroken(sequences: number[]): void {
  for (let i = 1; i < sequences.length; i++) assert.equal((sequences[i]! - sequences[i - 1]!) & 0xffff, 1, `at ${i}`)
}

/** Outside the heap, without what is garbage. */
function bytesHeld(): number {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
  return process.memoryUsage().arrayBuffers
}

test('a client that stops reading costs bounded memory and no time, and goes on with a keyframe', async () => {
  const own = outputCamera(clip)
  own.comeSilently()
  const slow = await serve({ open: own.open })
  const client = await RtspClient.connect(slow.url)
  await client.play(`${slow.url}/porch`)
  await until(() => own.camera().sinks > 0, 'the session plays')
  const camera = own.camera()
  const numbered = renumbering(clip)
  const pictures = clip.steps.flatMap(({ packets }) => packets)
  let round = 0
  const write = (): void => {
    for (const packet of pictures) camera.write(numbered(packet, round) as TrackPacket)
    round++
  }
  write()
  await until(() => client.rtp(0).length > 100, 'packets')
  client.socket.pause()
  const startedMs = performance.now()
  const heldBefore = bytesHeld()
  for (let i = 0; i < 100; i++) {
    write()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const bytes = 100 * pictures.reduce((sum, { rtp }) => sum + rtp.length, 0)
  assert.ok(bytes > 30_000_000, `${bytes} bytes`)
  assert.ok(performance.now() - startedMs < 60_000)
  await until(() => bytesHeld() - heldBefore < bytes / 3, 'most of it is not kept')
  const read = client.rtp(0).length
  client.socket.resume()
  const jumpIn = (all: RtpPacket[]): number => all.findIndex(({ timestamp }, i) => i > 0 && ((timestamp - all[i - 1]!.timestamp) | 0) > 90_000)
  await until(() => {
    write()
    return jumpIn(client.rtp(0)) > read
  }, 'it goes on after a gap')
  const all = client.rtp(0)
  assertUnbroken(all.map(({ sequence }) => sequence))
  const jump = jumpIn(all)
  assert.ok(beginsPicture(all[jump]!.payload), 'a keyframe follows what was left out')
  await until(() => own.keyframesAsked() > 1, 'a keyframe is asked for, at most one in a while')
  client.end()
})

test('of fifty clients those that read get every picture, those that do not are let go, and those that vanish leave nothing', async () => {
  const own = outputCamera(clip)
  own.comeSilently()
  const crowded = await serve({ open: own.open, idleMs: { session: 5_000 } })
  const clients = await Promise.all(Array.from({ length: 50 }, () => RtspClient.connect(crowded.url)))
  for (const client of clients) await client.play(`${crowded.url}/porch`)
  await until(() => own.camera().sinks === clients.length, 'all play')
  const [deaf, gone, readers] = [clients.slice(0, 10), clients.slice(10, 15), clients.slice(15)]
  for (const client of deaf) client.socket.pause()
  for (const client of gone) client.end()
  const numbered = renumbering(clip)
  const packets = clip.steps.flatMap((step) => step.packets)
  const pictures = packets.filter(({ track }) => track === 0).length
  const heldBefore = bytesHeld()
  let round = 0
  const play = async (): Promise<void> => {
    for (const client of readers) client.packets.length = 0
    for (const packet of packets) own.camera().write(numbered(packet, round) as TrackPacket)
    round++
    await until(() => readers.every((client) => client.packets.filter(({ channel }) => channel === 0).length >= pictures), `every reader has round ${round}`, 60_000)
  }
  await until(async () => {
    await play()
    return own.held() === readers.length
  }, 'those that do not read are let go', 180_000)
  for (const client of readers) assertUnbroken(client.rtp(0).map(({ sequence }) => sequence))
  for (const client of readers) client.packets.length = 0
  await until(() => bytesHeld() - heldBefore < clients.length * 2 ** 20, 'what waited for them is not kept')
  for (const client of clients) client.end()
  await until(() => own.held() === 0, 'all places are given back')
})

test('the stream goes on when the camera comes back at once, and ends with a farewell when it does not', async () => {
  const client = await RtspClient.connect(server.url)
  await client.play(`${server.url}/porch`)
  await until(() => client.rtp(0).length > 10 && client.rtp(2).length > 10, 'packets of both tracks')
  source.go()
  source.come()
  const before = client.rtp(0).length
  await until(() => client.rtp(0).length > before + 30, 'packets of the new source')
  assertUnbroken(client.rtp(0).map(({ sequence }) => sequence))
  const times = client.rtp(0).map(({ timestamp }) => timestamp)
  for (let i = 1; i < times.length; i++) assert.ok(((times[i]! - times[i - 1]!) | 0) >= 0, 'time never goes back')
  source.go()
  await until(() => client.closed, 'the connection is closed')
  const last = client.packets.findLast(({ channel }) => channel === 1)!
  assert.equal(last.bytes[last.bytes.length - 7], 203, 'BYE')
  source.come()
})

test('a node takes so many sessions and connections and no more', async () => {
  const small = await serve({ maxSessions: 1, maxConnections: 2 })
  const [one, two] = [await RtspClient.connect(small.url), await RtspClient.connect(small.url)]
  await one.play(`${small.url}/porch`)
  assert.equal((await two.send('SETUP', `${small.url}/porch/trackID=0`, { Transport: 'RTP/AVP/TCP' })).status, 453)
  const three = await RtspClient.connect(small.url)
  await until(() => three.closed, 'the third is sent away')
  one.end()
  await until(async () => (await two.send('SETUP', `${small.url}/porch/trackID=0`, { Transport: 'RTP/AVP/TCP' })).status === 200, 'the place is free again')
  two.end()
})

test('silent clients are let go, with and without a session', async () => {
  const strict = await serve({ idleMs: { connection: 300, session: 600 } })
  const silent = await RtspClient.connect(strict.url)
  await until(() => silent.closed, 'a connection without a request is closed')
  const client = await RtspClient.connect(strict.url)
  await client.send('SETUP', `${strict.url}/porch/trackID=0`, { Transport: 'RTP/AVP;unicast;client_port=40000-40001' })
  await until(() => client.closed, 'a session without a sign of life is ended')
  await until(() => source.held() === 0, 'and its feed given back')
})

const onlyAda: RtspServerInit['authorize'] = async (token) => {
  if (token !== 'key-of-ada') throw new WrongTokenError('wrong token')
  return () => true
}
const ADA = { Authorization: `Basic ${Buffer.from('x:key-of-ada').toString('base64')}` }

test('who does not say who they are is let go, however much they send', async () => {
  const strict = await serve({ idleMs: { connection: 300, session: 600 }, authorize: onlyAda })
  const [empty, asking] = [await RtspClient.connect(strict.url), await RtspClient.connect(strict.url)]
  const sending = setInterval(() => {
    empty.socket.write('\n')
    asking.socket.write(`DESCRIBE ${strict.url}/porch RTSP/1.0\r\nCSeq: 1\r\n\r\n`)
  }, 100)
  try {
    await until(() => empty.closed && asking.closed, 'both are closed')
  } finally {
    clearInterval(sending)
  }
})

/** Connections of another address of this machine, one after the other. */
async function strangers(url: string, localAddress: string, count: number): Promise<Socket[]> {
  const port = Number(new URL(url.replace('rtsp:', 'http:')).port)
  const sockets = Array.from({ length: count }, () => connect({ host: '127.0.0.1', port, localAddress }).on('error', () => {}).resume())
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  return sockets
}

test('connections that say nothing keep nobody out, and nobody who said who they are is let go for them', async () => {
  const guarded = await serve({ maxConnections: 8, authorize: onlyAda })
  const silent = await strangers(guarded.url, '127.0.0.2', 10)
  const ada = await RtspClient.connect(guarded.url)
  silent.push(...await strangers(guarded.url, '127.0.0.2', 10))
  assert.equal((await ada.send('DESCRIBE', `${guarded.url}/porch`, ADA)).status, 200)
  for (const address of ['127.0.0.2', '127.0.0.3']) silent.push(...await strangers(guarded.url, address, 10))
  await until(() => silent.filter(({ destroyed }) => !destroyed).length === 4, 'half of the connections are left for those who do')
  assert.equal((await ada.send('DESCRIBE', `${guarded.url}/porch`, ADA)).status, 200)
  for (const client of [ada.socket, ...silent]) client.destroy()
})

class WrongTokenError extends ThatDamError {
  readonly code = 'ERR_UNAUTHENTICATED'
  override readonly status = 401
}

test('who has to say who he is does so with the token as password', async () => {
  const guarded = await serve({ authorize: async (token) => { if (token !== 'td_secret:1') throw new WrongTokenError('wrong token'); return () => true } })
  const client = await RtspClient.connect(guarded.url)
  assert.equal((await client.send('OPTIONS', '*')).status, 200)
  const asked = await client.send('DESCRIBE', `${guarded.url}/porch`)
  assert.equal(asked.status, 401)
  assert.equal(asked.headers.get('www-authenticate'), 'Basic realm="thatdam"')
  const as = async (userinfo: string): Promise<number> => (await client.send('DESCRIBE', `${guarded.url}/porch`, { Authorization: `Basic ${Buffer.from(userinfo).toString('base64')}` })).status
  assert.equal(await as('admin:wrong'), 401)
  assert.equal(await as('td_secret:1'), 401)
  assert.equal(await as('anybody:td_secret:1'), 200)
  client.end()
  const { length } = await packets(guarded.url.replace('rtsp://', 'rtsp://x:td_secret%3A1@').concat('/porch'))
  assert.ok(length > 60)
  assert.throws(() => createRtspServer({ log: silentLog, metrics: createMetrics() }, { listen: '0.0.0.0:0', open: source.open, knows: () => true, authorize: undefined }), InvalidInputError)
})

test('who may not watch any more is let go in the middle of a picture, without having asked for anything; others go on', async () => {
  const allowed = new Set(['key-of-ada', 'key-of-ben'])
  const guarded = await serve({ authorize: async (token) => () => allowed.has(token) })
  const watchAs = async (key: string): Promise<RtspClient> => {
    const client = await RtspClient.connect(guarded.url)
    const headers = { Authorization: `Basic ${Buffer.from(`x:${key}`).toString('base64')}` }
    const { headers: made } = await client.send('SETUP', `${guarded.url}/porch/trackID=0`, { ...headers, Transport: 'RTP/AVP/TCP;unicast;interleaved=0-1' })
    await client.send('PLAY', `${guarded.url}/porch`, { ...headers, Session: made.get('session')! })
    await until(() => client.rtp(0).length > 10, 'pictures')
    return client
  }
  const [ada, ben] = [await watchAs('key-of-ada'), await watchAs('key-of-ben')]
  allowed.delete('key-of-ada')
  await until(() => ada.closed, 'the one whose key is gone is let go')
  const seen = ben.rtp(0).length
  await until(() => ben.rtp(0).length > seen + 10, 'more pictures for the other')
  ben.end()
})

assert.ok(existsSync('/usr/bin/gst-launch-1.0'), 'gst-launch-1.0 is installed')
test.run()
