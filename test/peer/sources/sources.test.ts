import assert from 'node:assert/strict'
import { execFileSync, fork, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import { silentLog } from '#ring/base/log.ts'
import { joinAnnexB, nalType, splitAnnexB } from '#protocols/rtp/h264.ts'
import { readBinaryClock } from '../../../peer/sources/binary-clock.ts'
import { parseSource } from '../../../peer/sources/source-spec.ts'
import { supervisedSource } from '../../../peer/sources/supervised-source.ts'
import { decodeLuma, hasProgram, recordSource, withFolder } from './record-source.ts'

const NO_ERRORS = ['-v', 'error', '-y']

test('the test source: the time in its pixels is the time of capture, by its reports and by the clock on the wall', withFolder(async (folder) => {
  const { units, audio, reports, events } = await recordSource('test?size=640x360', (got) => got.units.length >= 45)
  assert.equal(events[0]?.type, 'tracks')
  assert.ok(units.every((unit) => !unit.damaged && unit.lost === 0))
  assert.ok(units[0]?.keyframe)
  const { width, planes } = decodeLuma(folder, joinAnnexB(units.flatMap((unit) => unit.nals)))
  assert.equal(planes.length, units.length)
  const report = reports.findLast((one) => one.track === 0)
  assert.ok(report !== undefined)
  planes.forEach((plane, i) => {
    const unit = units[i] as (typeof units)[number]
    const shown = readBinaryClock(plane, width)
    assert.ok(shown !== undefined, `picture ${i} has no clock that can be read`)
    const reported = report.wallMs + ((unit.timestamp - report.rtp) | 0) / 90
    assert.ok(Math.abs(shown - reported) < 100, `picture ${i}: ${shown - reported} ms from its timestamp`)
    assert.ok(unit.arrivedMs - shown >= -5 && unit.arrivedMs - shown < 10_000, `picture ${i} came ${unit.arrivedMs - shown} ms after it was shown`)
  })
  const late = planes.map((plane, i) => (units[i]?.arrivedMs as number) - (readBinaryClock(plane, width) as number)).sort((a, b) => a - b)
  assert.ok((late[Math.floor(late.length / 2)] as number) < 5_000, `half of the pictures came more than ${late[Math.floor(late.length / 2)]} ms late`)
  const seconds = (units.at(-1) as (typeof units)[number]).timestamp / 90_000 - (units[0] as (typeof units)[number]).timestamp / 90_000
  assert.ok(Math.abs(audio.length / 50 - seconds) < 0.3, `${audio.length} packets of sound for ${seconds} s of picture`)
  assert.ok(audio.every((packet, i) => i === 0 || ((packet.timestamp - (audio[i - 1] as typeof packet).timestamp) >>> 0) === 960))
}))

test('the test source: sound goes when it is complete, stamped with the time at which it began', async () => {
  const { audio, reports } = await recordSource('test?size=320x180', (got) => got.audio.length >= 100 && got.reports.length >= 2)
  const report = reports.findLast(({ track }) => track === 1)
  assert.ok(report !== undefined)
  const late = audio.map(({ timestamp, arrivedMs }) => arrivedMs - report.wallMs - ((timestamp - report.rtp) | 0) / 48).sort((a, b) => a - b)
  const middle = late[Math.floor(late.length / 2)] as number
  assert.ok(middle > 15 && middle < 1_000, `half of the packets came ${middle} ms after their 20 ms of sound began`)
})

test('a keyframe comes soon after it is asked for', async () => {
  const source = supervisedSource({ log: silentLog }, { spec: parseSource('test?size=320x180&gop=600&tone=0') })
  let asked = false
  const { units } = await recordSource('test', (got) => {
    if (got.units.length >= 10 && !asked) source.requestKeyframe()
    asked ||= got.units.length >= 10
    return got.units.filter((unit) => unit.keyframe).length === 2
  }, 10_000, source)
  assert.ok(units.length < 60)
})

if (hasProgram('ffmpeg', ['-version'])) {
  test('a file with H.264 is passed through NAL by NAL, again and again, without a step in its time', withFolder(async (folder) => {
    const [clip, raw] = [join(folder, 'clip.mp4'), join(folder, 'clip.h264')]
    execFileSync('ffmpeg', [...NO_ERRORS, '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25', '-f', 'lavfi', '-i', 'sine', '-t', '1', '-c:v', 'libx264', '-bf', '0', '-g', '10', '-c:a', 'aac', clip])
    execFileSync('ffmpeg', [...NO_ERRORS, '-i', clip, '-c', 'copy', '-an', raw])
    const { units, audio, reports } = await recordSource(`file:${clip}`, (got) => got.units.length >= 60)
    const pictures = (nals: Uint8Array[]): string[] => nals.filter((nal) => [1, 5].includes(nalType(nal))).map((nal) => Buffer.from(nal).toString('base64'))
    const expected = pictures(splitAnnexB(execFileSync('cat', [raw])))
    const got = pictures(units.flatMap((unit) => unit.nals))
    assert.equal(expected.length, 25)
    assert.deepEqual(got.slice(0, 50), [...expected, ...expected])
    assert.ok(units.every((unit, i) => i === 0 || Math.abs(unit.timestamp - (units[i - 1] as typeof unit).timestamp - 3_600) < 1_000), 'time steps')
    assert.ok(audio.length > 80)
    const [shown, heard] = [0, 1].map((track) => reports.findLast((one) => one.track === track)) as [typeof reports[number], typeof reports[number]]
    const apart = ((audio.at(-1)?.timestamp ?? 0) - heard.rtp | 0) / 48 - ((units.at(-1)?.timestamp ?? 0) - shown.rtp | 0) / 90 + heard.wallMs - shown.wallMs
    assert.ok(Math.abs(apart) < 200, `after two rounds the sound is ${apart} ms from the picture`)
  }))

  test('a file with B-frames, or of another codec, is encoded anew', withFolder(async (folder) => {
    for (const [name, codec] of [['b.mp4', ['libx264', '-bf', '2', '-x264-params', 'bframes=2:b-adapt=0']], ['v.webm', ['libvpx-vp9', '-deadline', 'realtime']]] as const) {
      const clip = join(folder, name)
      execFileSync('ffmpeg', [...NO_ERRORS, '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25', '-t', '1', '-c:v', ...codec, clip])
      const { units, events } = await recordSource(`file:${clip}`, (got) => got.units.length >= 20)
      assert.match(JSON.stringify(events[0]), /profile-level-id=42c0/)
      assert.ok(units.every((unit, i) => i === 0 || unit.timestamp > (units[i - 1] as typeof unit).timestamp))
    }
  }))
}

test('a file that is not there, or no media, is a clear state that is tried again', withFolder(async (folder) => {
  writeFileSync(join(folder, 'text.mp4'), 'this is no film')
  for (const [file, says] of [['none.mp4', /No such file/], ['text.mp4', /Invalid data|no picture/i]] as const) {
    const { events } = await recordSource(`file:${join(folder, file)}`, (got) => got.events.length >= 2)
    assert.match(JSON.stringify(events[0]), says)
  }
}))

test('a camera that is not plugged in is said so once, and taken up when its device appears', withFolder(async (folder) => {
  const device = join(folder, 'video9')
  const source = supervisedSource({ log: silentLog }, { spec: { kind: 'v4l2', device } })
  setTimeout(() => writeFileSync(device, ''), 700)
  const { events } = await recordSource('v4l2', (got) => got.events.length >= 2, 15_000, source)
  assert.match(JSON.stringify(events[0]), /video9 is not there: waiting/)
  assert.doesNotMatch(JSON.stringify(events[1]), /is not there/) // an empty file is no camera, but it was opened
}))

test('a capture that crashes is started again', async () => {
  let starts = 0
  const spawnCrashing = () => fork(new URL('./crashing-worker.ts', import.meta.url), [], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env: { ...process.env, STARTS: String(starts++) } })
  const source = supervisedSource({ log: silentLog, spawn: spawnCrashing }, { spec: parseSource('test'), retryMs: 20, firstPictureMs: 1_500 })
  const { events } = await recordSource('crash', (got) => got.events.length >= 3, 15_000, source)
  assert.match(JSON.stringify(events[0]), /SIGSEGV/)
  assert.match(JSON.stringify(events[1]), /no picture for 1.5 s/)
  assert.equal(events[2]?.type, 'tracks')
})

test('a camera that could not be passed on is tried again that way when it comes back after a while', async () => {
  const spawnTelling = () => fork(new URL('./transcoding-worker.ts', import.meta.url), [], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  const source = supervisedSource({ log: silentLog, spawn: spawnTelling }, { spec: parseSource('test'), retryMs: 20, healthyMs: 0 })
  const { events } = await recordSource('transcode', (got) => got.events.filter(({ type }) => type === 'tracks').length === 2, 15_000, source)
  assert.deepEqual(events.slice(0, 5).map((event) => (event.type === 'waiting' ? event.reason : event.type)), ['it has B-frames', 'tracks', 'it was switched off', 'it has B-frames', 'tracks'])
})

if (hasProgram('Xvfb', ['-help'])) {
  test('a screen is shown; one that is not there is a clear state', async () => {
    const display = 90 + (process.pid % 100)
    const server = spawn('Xvfb', [`:${display}`, '-screen', '0', '320x240x24'], { stdio: 'ignore' })
    try {
      const { units } = await recordSource(`screen:${display}`, (got) => got.units.length >= 10)
      assert.ok(units[0]?.keyframe)
    } finally {
      const ended = new Promise((resolve) => server.once('exit', resolve))
      server.kill()
      await ended
    }
    const { events } = await recordSource(`screen:${display}`, (got) => got.events.length >= 1)
    assert.match(JSON.stringify(events[0]), /is an X server running there/)
  })
}

test.run()
