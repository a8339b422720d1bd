import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'uvu'
import { createLog } from '#ring/base/log.ts'
import { parseSource } from '../../../peer/sources/source-spec.ts'
import { supervisedSource } from '../../../peer/sources/supervised-source.ts'
import { onvifDevice } from '../../support/onvif-device.ts'
import { recordSource } from './record-source.ts'

/** A real RTSP server (GStreamer's), or undefined where there is none. */
async function startServer(...flags: string[]): Promise<{ port: number; child: ChildProcess } | undefined> {
  const child = spawn('/usr/bin/python3', [join(import.meta.dirname, 'rtsp-server.py'), ...flags], { stdio: ['ignore', 'pipe', 'ignore'] })
  const port = await new Promise<number>((resolve) => {
    child.stdout.once('data', (text: Buffer) => resolve(Number(text.toString().trim())))
    child.once('error', () => resolve(0))
    child.once('exit', () => resolve(0))
  })
  return port > 0 ? { port, child } : undefined
}

test('an RTSP camera: H.264 passed through from a keyframe on, sound as Opus, and its password in no log', async () => {
  const server = await startServer()
  if (server === undefined) {
    process.stdout.write('  skipped: no GStreamer RTSP server (python3-gi, gst-rtsp-server) on this machine\n')
    return
  }
  let logged = ''
  const log = createLog((line) => { logged += line }, 'info')
  const open = (password: string, path = 'cam') => supervisedSource({ log }, { spec: parseSource(`rtsp://admin:${password}@127.0.0.1:${server.port}/${path}`) })
  try {
    const { units, audio, events, reports } = await recordSource('rtsp', (got) => got.units.length >= 50 && got.audio.length >= 50, 20_000, open('hunter2'))
    assert.equal(events[0]?.type, 'tracks')
    assert.ok(units[0]?.keyframe)
    assert.ok(units.every((unit) => !unit.damaged && unit.lost === 0))
    const steps = units.slice(1).map((unit, i) => (unit.timestamp - (units[i] as typeof unit).timestamp) | 0)
    assert.ok(steps.every((step) => step > 0 && step < 9_000), `times step by ${Math.min(...steps)} to ${Math.max(...steps)}`)
    const [video, sound] = [0, 1].map((track) => reports.findLast((report) => report.track === track))
    assert.ok(Math.abs((video?.wallMs ?? 0) - Date.now()) < 3_000)
    assert.ok(Math.abs((video?.rtp ?? 0) / 90_000 - (sound?.rtp ?? 0) / 48_000) < 0.001)
    assert.ok(audio.length >= 50)
    const wrong = await recordSource('rtsp', (got) => got.events.length >= 1, 20_000, open('wrong-secret'))
    assert.match(JSON.stringify(wrong.events[0]), /"waiting".*refused user name or password/)
    const lost = await recordSource('rtsp', (got) => got.events.length >= 1, 20_000, open('hunter2', 'nowhere'))
    assert.match(JSON.stringify(lost.events[0]), /has no stream at this address/)
    assert.doesNotMatch(logged + JSON.stringify(wrong.events), /hunter2|wrong-secret/)
  } finally {
    const ended = new Promise((resolve) => server.child.once('exit', resolve))
    server.child.kill('SIGKILL')
    await ended
  }
})

async function withServer(flags: string[], run: (address: string) => Promise<void>): Promise<void> {
  const server = await startServer(...flags)
  if (server === undefined) return void process.stdout.write('  skipped: no GStreamer RTSP server on this machine\n')
  try {
    await run(`rtsp://admin:hunter2@127.0.0.1:${server.port}`)
  } finally {
    const ended = new Promise((resolve) => server.child.once('exit', resolve))
    server.child.kill('SIGKILL')
    await ended
  }
}

test('an RTSP camera that falls silent is said to be, and taken up again when it goes on', async () => {
  const server = await startServer()
  if (server === undefined) return void process.stdout.write('  skipped: no GStreamer RTSP server on this machine\n')
  let frozen = false
  try {
    const { events } = await recordSource(`rtsp://admin:hunter2@127.0.0.1:${server.port}/cam`, (got) => {
      if (!frozen && got.units.length >= 10) frozen = server.child.kill('SIGSTOP')
      if (got.events.some(({ type }) => type === 'waiting')) server.child.kill('SIGCONT')
      return got.events.filter(({ type }) => type === 'tracks').length === 2
    }, 60_000)
    assert.match(JSON.stringify(events[1]), /it sent nothing for [4-6] s/)
  } finally {
    const ended = new Promise((resolve) => server.child.once('exit', resolve))
    server.child.kill('SIGKILL')
    await ended
  }
})

for (const transport of ['tcp', 'udp']) {
  test(`an RTSP camera that asks for a digest, over ${transport.toUpperCase()}`, () => withServer(['digest'], async (address) => {
    const { units } = await recordSource(`${address}/cam?transport=${transport}`, (got) => got.units.length >= 30 && got.audio.length >= 20, 40_000)
    assert.ok(units[0]?.keyframe)
  }))
}

test('a camera that says over ONVIF where its stream is gives its picture, and its password is told to nobody', () => withServer(['digest'], async (address) => {
  const device = await onvifDevice({ user: 'admin', password: 'hunter2', stream: `rtsp://192.0.2.9:${new URL(address).port}/cam` })
  let logged = ''
  const log = createLog((line) => { logged += line }, 'info')
  const open = (password: string) => supervisedSource({ log }, { spec: parseSource(`onvif://admin:${password}@127.0.0.1:${device.port}`) })
  try {
    const { units } = await recordSource('onvif', (got) => got.units.length >= 30, 40_000, open('hunter2'))
    assert.ok(units[0]?.keyframe)
    const wrong = await recordSource('onvif', (got) => got.events.length >= 1, 20_000, open('wrong-secret'))
    assert.match(JSON.stringify(wrong.events), /refused user name or password/)
    assert.doesNotMatch(logged + JSON.stringify(wrong.events), /hunter2|wrong-secret/)
  } finally {
    await device.stop()
  }
}))

test('an HEVC camera is encoded as H.264 as the last choice, and it is said', () => withServer([], async (address) => {
  const { units, events } = await recordSource(`${address}/hevc`, (got) => got.units.length >= 30, 60_000)
  assert.ok(units.every((unit) => !unit.damaged))
  const tracks = events.find((event) => event.type === 'tracks')
  assert.match(String(tracks?.note), /it sends HEVC: encoded as H\.264 on this machine/)
}))

test('an HEVC camera that is to be kept is passed through from a keyframe on, and it is said', () => withServer([], async (address) => {
  const source = supervisedSource({ log: createLog(() => {}, 'silent') }, { spec: parseSource(`${address}/hevc`), keepHevc: true })
  const { units, events } = await recordSource('hevc', (got) => got.units.length >= 30, 60_000, source)
  const tracks = events.find((event) => event.type === 'tracks')
  assert.deepEqual([tracks?.tracks[0]?.codec, tracks?.tracks[0]?.width, tracks?.tracks[0]?.height], ['H265', 320, 180])
  assert.match(String(tracks?.note), /it sends HEVC, which goes on as it is/)
  assert.ok(units[0]?.keyframe)
  assert.ok(units.every((unit) => !unit.damaged && unit.lost === 0))
}))

test.run()
