// needs: ffmpeg
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { CameraId } from '#protocols/ids.ts'
import { readParts, type RecordingSession } from '#ring'
import { decodeRecordingManifest, encodeRecordingManifest } from '../../../ring/catalog/recording-manifest.ts'
import { silentLog } from '#ring/base/log.ts'
import { boxesIn } from '../../../node/recording/boxes.ts'
import { createRecorder } from '../../../node/recording/recorder.ts'
import { reasonOf } from '../../../node/recording/loss-reason.ts'
import { createRecordings } from '../../../node/recording/recordings.ts'
import { capturedMs, driftMs, MAX_HOUR_AHEAD_MS, MAX_HOUR_BACK_MS } from '../../../node/recording/source-clock.ts'
import { type Clip, clipCamera, makeClip } from '../../support/camera-clip.ts'
import { assertPlayable } from '../../support/playable.ts'
import { createRecordingRing } from '../../support/recording-ring.ts'
import { randomOf } from '../../support/random.ts'

const porch = 'porch' as CameraId
const SEEDS = Number(process.env['THATDAM_SEEDS'] ?? 25)
const [small, large, reordered] = await Promise.all([makeClip({ seconds: 4, size: '160x120' }), makeClip({ seconds: 4, size: '192x108' }), makeClip({ seconds: 4, size: '160x120', bFrames: 2 })])
const test = suite('timestamps')

/** What a source does to its clocks, in ms of its own time. */
interface Source { shiftMs: number; soundShiftMs?: number; readonly soundRate: number; readonly reports: 'none' | 'true' | 'odd'; readonly startTicks: readonly [number, number] }

const modulo = (value: number): number => ((Math.round(value) % 2 ** 32) + 2 ** 32) % 2 ** 32

/** Feeds clips one after the other as one source whose clocks jump, stall and drift as the seed says. */
async function record(seed: number, { rounds, source, happens }: { rounds: number; source: Source; happens: (random: () => number, source: Source) => Clip }) {
  const random = randomOf(seed)
  const world = createRecordingRing()
  const camera = clipCamera(small)
  const recorder = createRecorder({ ring: world.ring, log: silentLog }, { camera })
  const startWallMs = Date.now() - 2_000
  const sequences = [Math.floor(random() * 65_536), Math.floor(random() * 65_536)] as [number, number]
  const rtpOf = (track: 0 | 1, atMs: number): number => modulo(source.startTicks[track] + (track === 0 ? (atMs + source.shiftMs) * 90 : (atMs + source.shiftMs + (source.soundShiftMs ?? 0)) * 48 * source.soundRate))
  await recorder.start()
  let fed = 0
  for (let round = 0; round < rounds; round++) {
    const clip = happens(random, source)
    const frames = new Map(clip.steps.filter(({ packets }) => packets[0]!.track === 0).map((step, i) => [step, i]))
    for (const [i, step] of clip.steps.entries()) {
      const atMs = round * clip.durationMs + step.atMs
      if (source.reports !== 'none' && i % 50 === 0) for (const track of [0, 1] as const) camera.report({ track, rtp: rtpOf(track, atMs), wallMs: source.reports === 'true' ? startWallMs + atMs : startWallMs + random() * 1e9 - 5e8 })
      for (const { track, rtp } of step.packets) {
        const bytes = Buffer.from(rtp)
        const own = track === 0 ? (bytes.readUInt32BE(4) - 4_294_900_000) | 0 : step.atMs * 48
        bytes.writeUInt16BE(sequences[track as 0 | 1]++ & 0xffff, 2)
        bytes.writeUInt32BE(track === 0 ? rtpOf(0, round * clip.durationMs + own / 90) : rtpOf(1, atMs), 4)
        camera.write({ track, rtp: bytes })
      }
      if (frames.has(step)) fed++
      if (i % 60 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
  }
  camera.end('unplugged')
  await recorder.stop()
  const sessions = [...world.sessions.values()].sort((a, b) => a.startMs - b.startMs)
  return { world, sessions, fed }
}

interface Run { readonly track: number; readonly time: number; readonly durations: number[] }

/** Decoding times of a part, or of all parts of a file, as its bytes say. */
function runsOf(file: Buffer): Run[] {
  return boxesIn(file, 0, file.length).filter(({ type }) => type === 'moof').flatMap((moof) => boxesIn(file, moof.content, moof.end).filter(({ type }) => type === 'traf').map((traf) => {
    const inner = new Map(boxesIn(file, traf.content, traf.end).map((box) => [box.type, box.content]))
    const [tfhd, tfdt, trun] = [inner.get('tfhd')!, inner.get('tfdt')!, inner.get('trun')!]
    const count = file.readUInt32BE(trun + 4)
    return { track: file.readUInt32BE(tfhd + 4), time: Number(file.readBigUInt64BE(tfdt + 4)), durations: Array.from({ length: count }, (_, i) => file.readUInt32BE(trun + 12 + i * 16)) }
  }))
}

/** What holds of every recording, whatever its source did. Answers its pictures, and where sound and picture end, in seconds. */
async function check(session: RecordingSession, stored: ReadonlyMap<string, Uint8Array>): Promise<{ pictures: number; sounds: number; ends: Map<number, number> }> {
  const parts = await readParts(session, async (id) => stored.get(id)!)
  const next = new Map<number, number>()
  const count = { pictures: 0, sounds: 0 }
  for (const [i, part] of parts.entries()) {
    assert.ok(part.durationMs > 0, 'a part takes time')
    assert.ok(part.durationMs < 3_100, `a part of ${part.durationMs} ms`)
    if (i > 0) assert.ok(Math.abs(part.startMs - (parts[i - 1]!.startMs + parts[i - 1]!.durationMs)) < 0.02, 'parts follow each other')
    assert.ok(Math.abs(part.arrivedMs! - Date.now()) < 120_000, 'the clock of the node is kept beside the camera’s')
    const bytes = Buffer.concat(part.chunks.map((id) => stored.get(id)!))
    for (const { track, time, durations } of runsOf(bytes)) {
      assert.ok(time >= (next.get(track) ?? 0), `track ${track} goes back from ${next.get(track)} to ${time}`)
      assert.ok(durations.every((ticks) => ticks > 0 && ticks < 2 ** 31), `a duration of ${durations.find((ticks) => ticks <= 0 || ticks >= 2 ** 31)}`)
      next.set(track, time + durations.reduce((sum, ticks) => sum + ticks, 0))
      count[track === 1 ? 'pictures' : 'sounds'] += durations.length
    }
  }
  assert.ok(Math.abs(parts.reduce((sum, { durationMs }) => sum + durationMs, 0) - (session.endMs - session.startMs)) < 1)
  return { ...count, ends: new Map([...next].map(([track, ticks]) => [track, ticks / (track === 1 ? 90_000 : 48_000)])) }
}

test('whatever a source does to its clocks, what is recorded only goes forward, without a hole in a recording, and is all there is', async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = randomOf(seed * 7_919)
    const reports = (['none', 'true', 'odd'] as const)[seed % 3]!
    const source: Source = { shiftMs: 0, soundRate: 1 + (random() - 0.5) / 50, reports, startTicks: [2 ** 32 - random() * 900_000, 2 ** 32 - random() * 400_000] }
    const { world, sessions, fed } = await record(seed, {
      rounds: 5, source,
      happens(chance, now) {
        const what = chance()
        if (what < 0.15) now.shiftMs += chance() * 5_000_000 // ahead
        else if (what < 0.3) now.shiftMs -= chance() * 5_000_000 // back
        else if (what < 0.4) now.shiftMs += 2_001 + chance() * 30_000 // it stood still
        else if (what < 0.5) now.shiftMs += 100 + chance() * 1_500 // it stuttered
        return [small, large, reordered][Math.floor(chance() * 3)]!
      }
    })
    let pictures = 0
    let reachedMs = -Infinity
    try {
      for (const session of sessions) {
        assert.ok(session.startMs >= reachedMs - 0.02, `a recording begins ${reachedMs - session.startMs} ms before the end of the one before`)
        reachedMs = session.endMs
        const checked = await check(session, world.stored)
        pictures += checked.pictures
        assert.ok((checked.ends.get(2) ?? 0) < checked.ends.get(1)! + 5, `sound goes on for ${checked.ends.get(2)! - checked.ends.get(1)!} s after the pictures`)
      }
      assert.ok(pictures >= fed - 5 * 3, `${pictures} of ${fed} pictures: each round begins with a keyframe, so little is lost`)
    } catch (err) {
      throw new Error(`seed ${seed}, reports ${reports}, ${sessions.map(({ ended }) => ended).join(', ')}: ${(err as Error).message}`, { cause: err })
    }
  }
})

test('sound whose clock drifts from the picture’s is kept with it, as the source’s reports say', async () => {
  for (const soundRate of [1.004, 0.996]) {
    const { world, sessions } = await record(1, { rounds: 15, source: { shiftMs: 0, soundRate, reports: 'true', startTicks: [5, 7] }, happens: () => small })
    assert.equal(sessions.length, 1)
    const { ends } = await check(sessions[0]!, world.stored)
    assert.ok(Math.abs(ends.get(1)! - 60) < 0.1, `${ends.get(1)} s of pictures`)
    assert.ok(Math.abs(ends.get(2)! - ends.get(1)!) < 0.15, `sound ends ${ends.get(2)! - ends.get(1)!} s after the picture; without a correction it would be ${60 * (soundRate - 1)} s`)
  }
})

for (const reports of ['none', 'true'] as const) {
  for (const byMs of [-3_600_000, 3_600_000]) {
    test(`sound whose clock jumps by ${byMs / 3_600_000} h while the picture's goes on stays with the pictures it came with${reports === 'none' ? ', also when no report says so' : ''}`, async () => {
      let round = 0
      const { world, sessions } = await record(1, {
        rounds: 5, source: { shiftMs: 0, soundRate: 1, reports, startTicks: [5, 2 ** 31] },
        happens(_chance, now) {
          if (++round === 3) now.soundShiftMs = byMs
          return small
        }
      })
      assert.equal(sessions.length, 1)
      const { sounds, ends } = await check(sessions[0]!, world.stored)
      assert.ok(Math.abs(ends.get(2)! - ends.get(1)!) < 0.5, `sound ends ${ends.get(2)! - ends.get(1)!} s after the picture`)
      assert.ok(sounds > 950, `${sounds} of 1000 packets of sound`)
    })
  }
}

test('every part of an hour is told by both clocks, also those that are in the manifest; of older ones the node’s is not known', async () => {
  const { world, sessions } = await record(1, { rounds: 8, source: { shiftMs: 0, soundRate: 1, reports: 'true', startTicks: [5, 7] }, happens: () => small })
  const { startMs, endMs, manifest } = sessions[0]!
  assert.notEqual(manifest, undefined)
  const recordings = createRecordings({ ring: world.ring })
  const { parts } = await recordings.parts(porch, startMs, endMs)
  assert.ok(parts.length >= 32)
  assert.ok(parts.every((part) => part.arrivedMs !== null && Math.abs(part.arrivedMs - Date.now()) < 60_000 && part.copies === 2))
  assert.ok(Math.abs(parts.at(-1)!.startMs - parts[0]!.startMs - 31_000) < 1_500, 'they came at once and were captured one after the other')
  const [span] = recordings.list(porch, startMs, endMs).spans
  assert.deepEqual([span!.arrivedMs, span!.capturedMs], [parts.at(-1)!.arrivedMs, parts.at(-1)!.startMs])
  const old = decodeRecordingManifest(encodeRecordingManifest({ pages: [], parts: [{ startMs: 1, durationMs: 2, bytes: 3, key: true, copies: 2, chunks: [] }] }))
  assert.deepEqual(old.parts, [{ startMs: 1, durationMs: 2, bytes: 3, key: true, copies: 2, chunks: [] }])
  await assert.rejects(recordings.parts(porch, 0, 3_600_001), { code: 'ERR_INVALID_INPUT' })
})

test('from wherever it is played, sound that came after its pictures goes forward only, and stays with them', async () => {
  const order = ({ atMs, packets }: Clip['steps'][number]): number => packets[0]!.track === 1 ? atMs + 60 : atMs
  const late: Clip = { ...small, steps: [...small.steps].sort((a, b) => order(a) - order(b)) }
  const { world, sessions: [session] } = await record(1, { rounds: 3, source: { shiftMs: 0, soundRate: 1, reports: 'true', startTicks: [5, 7] }, happens: () => late })
  const recordings = createRecordings({ ring: world.ring })
  for (let atMs = session!.startMs; atMs < session!.endMs - 2_000; atMs += 900) {
    const file = await recordings.open(porch, atMs, session!.endMs)
    const bytes: Uint8Array[] = []
    for await (const part of file.read(0, file.size)) bytes.push(part)
    const next = new Map<number, number>()
    for (const { track, time, durations } of runsOf(Buffer.concat(bytes))) {
      const expected = next.get(track) ?? 0
      assert.ok(time >= expected, `from ${atMs - session!.startMs} ms on: track ${track} goes back from ${expected} to ${time}`)
      if (track === 2 && next.has(2)) assert.ok(time - expected < 48, `from ${atMs - session!.startMs} ms on: ${time - expected} ticks without sound`)
      assert.ok(durations.every((ticks) => ticks > 0))
      next.set(track, time + durations.reduce((sum, ticks) => sum + ticks, 0))
    }
  }
})

for (const setMs of [3 * 86_400_000, -3_600_000]) {
  test(`when the clock of the node is set ${setMs > 0 ? 'on' : 'back'}, what follows is placed by it, and no picture is missing`, async () => {
    const { now } = Date
    let round = 0
    try {
      const { world, sessions } = await record(1, {
        rounds: 3, source: { shiftMs: 0, soundRate: 1, reports: 'true', startTicks: [5, 7] },
        happens() {
          if (++round === 3) Date.now = () => now() + setMs
          return small
        }
      })
      const [before, after, ...others] = setMs > 0 ? sessions : [...sessions].reverse()
      assert.equal(others.length, 0)
      assert.match(before!.ended ?? '', new RegExp(`clock of the node was set ${setMs > 0 ? 'on' : 'back'} by ${Math.abs(setMs) / 1000} s`))
      assert.equal(reasonOf(before!.ended!), 'node clock was set')
      assert.ok(Math.abs(after!.startMs - before!.endMs - setMs) < 2, `${after!.startMs - before!.endMs} ms between them`)
      const pictures = sessions.flatMap(({ tail }) => tail).flatMap(({ chunks }) => runsOf(Buffer.concat(chunks.map((id) => world.stored.get(id)!)))).filter(({ track }) => track === 1)
      assert.equal(pictures.reduce((sum, { durations }) => sum + durations.length, 0), 360)
    } finally {
      Date.now = now
    }
  })
}

test('a recording of all of it plays', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'thatdam-times-'))
  try {
    const { world, sessions } = await record(3, {
      rounds: 4, source: { shiftMs: 0, soundRate: 1.003, reports: 'true', startTicks: [2 ** 32 - 90_000, 2 ** 32 - 48_000] },
      happens(chance, now) {
        now.shiftMs += chance() * 4_000_000 - 2_000_000
        return chance() < 0.5 ? small : large
      }
    })
    const file = await createRecordings({ ring: world.ring }).open(porch, sessions[0]!.startMs, sessions.at(-1)!.endMs)
    const parts: Uint8Array[] = []
    for await (const bytes of file.read(0, file.size)) parts.push(bytes)
    await writeFile(join(dir, 'all.mp4'), Buffer.concat(parts))
    await assertPlayable(join(dir, 'all.mp4'))
  } finally {
    await rm(dir, { recursive: true })
  }
})

test('a camera’s wall clock is followed from hour to hour by what leaves no gap; one that was set, or says nothing, is not', () => {
  const report = { track: 0, wallMs: 1_000_000, rtp: 0 }
  assert.equal(driftMs(undefined, 90_000, 0), 0)
  assert.equal(driftMs(report, 90_000, 1_001_000), 0)
  assert.equal(driftMs(report, 90_000, 1_001_000 - 120), 120)
  assert.equal(driftMs(report, 90_000, 1_001_000 - 900), MAX_HOUR_AHEAD_MS)
  assert.equal(driftMs(report, 90_000, 1_001_000 + 900), -MAX_HOUR_BACK_MS)
  assert.equal(driftMs(report, 90_000, 1_001_000 - 90_000), 0)
})

test('a picture is as old as its source says, up to a minute; one from the future, or from nowhere, came now', () => {
  const nowMs = performance.now()
  const near = (ms: number, goalMs: number): void => assert.ok(Math.abs(ms - goalMs) < 50, `${ms - goalMs} ms off`)
  near(capturedMs({ track: 0, wallMs: Date.now() - 30_000, rtp: 5 }, 5, nowMs), Date.now() - 30_000)
  near(capturedMs({ track: 0, wallMs: Date.now() - 300_000, rtp: 5 }, 5, nowMs), Date.now())
  near(capturedMs({ track: 0, wallMs: Date.now() + 5_000, rtp: 5 }, 5, nowMs), Date.now())
  near(capturedMs(undefined, 5, nowMs), Date.now())
})

test.run()
