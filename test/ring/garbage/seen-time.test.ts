import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import { createSeenTime, MAX_DOUBT_MS, MAX_UNSEEN_MS, type SeenTime, UNDOUBTED_MS } from '../../../ring/garbage/seen-time.ts'

const test = suite('seen time')
const HOUR = 3_600_000
const DAY = 24 * HOUR
const T0 = Date.UTC(2026, 10, 22)
let folder: string
test.before.each(async () => { folder = await mkdtemp(join(tmpdir(), 'thatdam-seen-')) })
test.after.each(async () => { await rm(folder, { recursive: true }) })

/** A node that begins at T0; `wall` and `time` go on as the test says. */
class World {
  wallMs = T0
  timeMs = 0
  newestMs: number | undefined
  seen: SeenTime = this.begun()

  begun(): SeenTime { return createSeenTime({ newestMs: () => this.newestMs, monotonic: { nowMs: () => this.timeMs } }, { folder }) }

  pass(ms: number): Promise<void> {
    this.wallMs += ms
    this.timeMs += ms
    return this.seen.look(this.wallMs, false)
  }

  set(ms: number): Promise<void> {
    this.wallMs += ms
    return this.seen.look(this.wallMs, false)
  }

  /** Switched off meanwhile. */
  off(ms: number): Promise<void> {
    this.wallMs += ms
    this.timeMs = 7
    this.seen = this.begun()
    return this.seen.look(this.wallMs, false)
  }

  get sureAgoMs(): number { return this.wallMs - this.seen.sureMs(this.wallMs) }
}

test('a clock that goes on as time does is believed, also when the node starts again soon', async () => {
  const world = new World()
  await world.pass(0)
  for (let i = 0; i < 5; i++) await world.pass(DAY)
  await world.off(UNDOUBTED_MS)
  assert.equal(world.sureAgoMs, 0)
  assert.equal(world.seen.doubt(), undefined)
})

test('what a clock skips counts after it was waited for as long again, and that is remembered over a start', async () => {
  const world = new World()
  await world.pass(0)
  await world.off(10 * HOUR)
  assert.equal(world.sureAgoMs, 10 * HOUR)
  await world.pass(6 * HOUR)
  await world.off(60_000)
  assert.equal(world.sureAgoMs, 10 * HOUR)
  assert.deepEqual(world.seen.doubt(), { skippedMs: 10 * HOUR, untilMs: world.wallMs + 4 * HOUR })
  await world.pass(4 * HOUR)
  assert.equal(world.sureAgoMs, 0)
})

test('years are waited for no longer than three days, and not at all once the clock is set right or another node says the same', async () => {
  const world = new World()
  await world.pass(0)
  await world.set(3 * 365 * DAY)
  await world.pass(MAX_DOUBT_MS - 1)
  assert.equal(world.sureAgoMs, 3 * 365 * DAY)
  await world.pass(1)
  assert.equal(world.sureAgoMs, 0)
  await world.set(365 * DAY)
  await world.set(-365 * DAY)
  assert.equal(world.seen.doubt(), undefined)
  await world.set(30 * DAY)
  await world.seen.look(world.wallMs, true)
  assert.equal(world.sureAgoMs, 0)
})

test('time that is counted goes on as it is seen, over starts too, and takes little of what a clock skips, whoever confirms it', async () => {
  const world = new World()
  assert.equal(world.seen.passedMs(), 0)
  await world.pass(HOUR)
  await world.off(8 * HOUR)
  assert.equal(world.seen.passedMs(), 9 * HOUR)
  await world.pass(HOUR)
  await world.set(30 * DAY)
  await world.seen.look(world.wallMs, true)
  assert.equal(world.seen.passedMs(), 10 * HOUR + MAX_UNSEEN_MS)
  for (let i = 0; i < 3; i++) {
    await world.set(-20 * DAY)
    await world.set(20 * DAY)
  }
  assert.equal(world.seen.passedMs(), 10 * HOUR + MAX_UNSEEN_MS, 'a clock that goes back and forth')
})

test('notes of before time was counted are notes', async () => {
  await writeFile(join(folder, 'seen-time'), JSON.stringify({ atMs: T0, skippedMs: 0, waitMs: 0 }))
  const world = new World()
  await world.pass(HOUR)
  assert.deepEqual([world.sureAgoMs, world.seen.passedMs()], [0, HOUR])
})

test('a node that never looked goes by the newest it knows of; notes that can not be read are none', async () => {
  const world = new World()
  world.newestMs = T0 - 30 * DAY
  await writeFile(join(folder, 'seen-time'), '{"atMs":"torn')
  await world.pass(0)
  assert.equal(world.sureAgoMs, 30 * DAY)
})

test.run()
