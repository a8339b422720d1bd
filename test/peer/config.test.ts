import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import { InvalidInputError } from '#protocols/errors.ts'
import { parsePeerArgs, type PeerConfig } from '../../peer/config.ts'
import { parseSource, redact, sourceLabel } from '../../peer/sources/source-spec.ts'

const read = (line: string): PeerConfig => parsePeerArgs(line.split(' ').filter(Boolean), 'laptop') as PeerConfig

test('cameras are pairs of a name and a source', () => {
  const config = read('--camera Porch --source test --camera Garage --source file:/tmp/a.mp4 --json')
  assert.deepEqual(config.cameras.map(({ name, source }) => [name, source.kind]), [['Porch', 'test'], ['Garage', 'file']])
  assert.deepEqual([config.json, config.invite, config.name, config.http], [true, undefined, 'laptop', { host: '127.0.0.1', port: 8090, explicit: false }])
  assert.equal(parsePeerArgs(['--help'], 'laptop'), 'help')
})

test('a source with a password in it may stand in a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'thatdam-source-'))
  try {
    const file = join(folder, 'gate')
    await writeFile(file, 'rtsp://u:secret@cam/1\n')
    assert.deepEqual(read(`--camera gate --source @${file}`).cameras, read('--camera gate --source rtsp://u:secret@cam/1').cameras)
    await writeFile(file, '\n')
    assert.throws(() => read(`--camera gate --source @${file}`), /empty first line/)
    assert.throws(() => read(`--camera gate --source @${file}.none`), /can not be read \(ENOENT\)/)
  } finally {
    await rm(folder, { recursive: true })
  }
})

for (const [line, says] of [
  ['', /no camera/],
  ['--camera porch', /has no --source/],
  ['--source test', /has no --camera/],
  ['--source rtsp://u:secret@cam/1', /--source "rtsp:\/\/cam\/1" has no --camera/],
  ['--camera a --source test rtsp://u:secret@cam/1', /Unexpected argument 'rtsp:\/\/cam\/1'/],
  ['--source test --camera porch', /has no --camera/],
  ['--camera porch --camera garage --source test', /"porch" has no --source/],
  ['--camera Porch! --source test --camera porch --source test', /called "porch" already/],
  ['--camera --- --source test', /--camera/],
  ['--camera 👻 --source test', /letters or digits/],
  ['--camera a --source webcam', /unknown source "webcam": use test/],
  ['--camera a --source http://u:secret@x/', /unknown source "http:\/\/x\/"/],
  ['--camera a --source file:', /no path/],
  ['--camera a --source rtsp://', /not a URL/],
  ['--camera a --source rtsp://admin:12/secret@cam/1', /an @ after the host; user name and password stand before it, with @ \/ \? % written as %40 %2F %3F %25/],
  ['--camera a --source onvif://admin:12?secret@cam', /an @ after the host/],
  ['--camera a --source rtsp://admin:a/secret@cam/1', /"rtsp:\/\/cam\/1" is not a URL: .* in user name and password/],
  ['--camera a --source rtsp://admin:x#secret@cam/1', /a # in an address is written %23/],
  ['--camera a --source rtsp://cam/1?transport=sctp', /use tcp or udp/],
  ['--camera a --source rtmp://0.0.0.0/live', /rtmp:\/\/0\.0\.0\.0:1935\/live\/KEY/],
  ['--camera a --source rtmp://:1935/live/short', /6 to 128 characters/],
  ['--camera a --source srt://0.0.0.0:9000', /anybody could send: add &passphrase=SECRET/],
  ['--camera a --source srt://127.example.org:9000?mode=listener', /anybody could send: add &passphrase=SECRET/],
  ['--camera a --source srt://:9000?passphrase=secret', /10 to 79 characters/],
  ['--camera a --source srt://cam', /say the port/],
  ['--camera a --source srt://cam:1?rate=1', /unknown option "rate"/],
  ['--camera a --source v4l2:video0', /v4l2:\/dev\/video0/],
  ['--camera a --source v4l2:/dev/../etc/passwd', /no device/],
  ['--camera a --source v4l2:/dev/video0?size=641x480', /even WIDTHxHEIGHT/],
  ['--camera a --source v4l2:/dev/video0?format=theora', /format "theora": use h264, mjpeg or raw/],
  ['--camera a --source v4l2:/dev/video0?fps=30&fps=60', /fps is said twice/],
  ['--camera a --source v4l2:/dev/video0?rate=30', /unknown option "rate": use size, fps or format/],
  ['--camera a --source screen:zero', /screen:0/],
  ['--camera a --source test?size=1x1', /even WIDTHxHEIGHT/],
  ['--camera a --source test?fps=0', /1 to 60/],
  ['--camera a --source test?colour=red', /unknown option "colour"/],
  ['--camera a --source test --frobnicate', /frobnicate/],
  ['--camera a --source test --http 8090', /HOST:PORT/],
  ['--camera a --source test --http 127.0.0.1:99999', /HOST:PORT/],
  ['--camera a --source test --http 0.0.0.0:8090', /--token/],
  ['--camera a --source test --http 0.0.0.0:8090 --token short', /16 characters/],
  ['--camera a --source test --http off', /nobody could see/]
] as const) {
  test(`refused in one line that says what to do: ${line || '(nothing)'}`, () => {
    assert.throws(() => read(line), (err) => err instanceof InvalidInputError && says.test(err.message) && !err.message.includes('\n') && !err.message.includes('secret'))
  })
}

test('a password in an address is in no label and no log line', () => {
  const spec = parseSource('rtsp://admin:hunter2@cam.local:8554/stream?token=abc')
  assert.equal(sourceLabel(spec), 'rtsp://cam.local:8554/stream')
  assert.equal(sourceLabel(parseSource('rtmp://:1935/live/hunter2-key')), 'rtmp://0.0.0.0:1935/live/…')
  assert.equal(sourceLabel(parseSource('rtmp://cdn.example/live/hunter2-key')), 'rtmp://cdn.example/live/…')
  assert.equal(sourceLabel(parseSource('srt://:9000?mode=listener&passphrase=hunter2-secret')), 'srt://0.0.0.0:9000')
  assert.equal(sourceLabel(parseSource('onvif://admin:hunter2@192.0.2.7/mainStream')), 'onvif://192.0.2.7:80')
  assert.equal(redact('Error opening rtmp://cdn.example/live/hunter2-key: refused'), 'Error opening rtmp://cdn.example/live/… refused')
  assert.equal(redact('cannot open rtsp://admin:hun/ter2@cam.local/1?token=abc now: "rtsp://a:b@c/d"').includes('ter2'), false)
  assert.equal(redact('see rtsp://a:b@c/d?x=y and http://e'), 'see rtsp://c/d and http://e')
  assert.equal(redact('see rtsp://a:it\'s"b@c/d now'), 'see rtsp://c/d now')
  for (const path of ['user=admin&password=hunter2&channel=1&stream=0.sdp', 'user=admin_password=hunter2_channel=1_stream=0.sdp']) {
    assert.equal(sourceLabel(parseSource(`rtsp://192.0.2.7:554/${path}?real_stream`)), 'rtsp://192.0.2.7:554/…')
    assert.equal(redact(`cannot open rtsp://192.0.2.7:554/${path}: refused`), 'cannot open rtsp://192.0.2.7:554/… refused')
  }
})

test('sources are read in all their forms', () => {
  assert.deepEqual(parseSource('test?size=320x180&fps=10&tone=0&gop=5', 'Porch'), { kind: 'test', width: 320, height: 180, fps: 10, tone: 0, beep: false, gop: 5, title: 'Porch' })
  assert.deepEqual(parseSource('test?beep=1', 'Porch'), { kind: 'test', width: 1280, height: 720, fps: 30, tone: 440, beep: true, gop: 30, title: 'Porch' })
  assert.deepEqual(parseSource('rtsp://u:p@cam/1?channel=2&transport=udp&subtype=0'), { kind: 'rtsp', url: 'rtsp://u:p@cam/1?channel=2&subtype=0', transport: 'udp' })
  assert.deepEqual(parseSource('rtsp://cam/1?transport=udp'), { kind: 'rtsp', url: 'rtsp://cam/1', transport: 'udp' })
  assert.deepEqual(parseSource('srt://cam:9000?latency=200'), { kind: 'srt', host: 'cam', port: 9000, listen: false, latencyMs: 200 })
  assert.deepEqual(parseSource('v4l2:usb-8F2A11'), { kind: 'v4l2', device: 'usb-8F2A11' })
  assert.deepEqual(parseSource('screen'), { kind: 'screen', display: '' })
  assert.deepEqual(parseSource('screen:0.1'), { kind: 'screen', display: ':0.1' })
  assert.deepEqual(parseSource('v4l2:/dev/video2'), { kind: 'v4l2', device: '/dev/video2' })
  assert.deepEqual(parseSource('v4l2:/dev/v4l/by-path/pci-0000:00:14.0-usb-0:3:1.0-video-index0?size=1920x1080&fps=25&format=mjpeg'), {
    kind: 'v4l2', device: '/dev/v4l/by-path/pci-0000:00:14.0-usb-0:3:1.0-video-index0', size: { width: 1920, height: 1080 }, fps: 25, format: 'mjpeg'
  })
  assert.equal(sourceLabel(parseSource('v4l2:/dev/video2?fps=25')), 'v4l2:/dev/video2')
  assert.equal(sourceLabel(parseSource('screen:1')), 'screen:1')
})

test.run()
