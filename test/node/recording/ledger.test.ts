import assert from 'node:assert/strict'
import { test } from 'uvu'
import type { CameraId, PeerId } from '#protocols/ids.ts'
import type { HourNote, Loss, PlanChange, RecordedStretch, RecordPlan } from '#ring'
import { defaultPlan } from '../../../node/recording/expectation.ts'
import { END_EXPLAINS_MS, LEDGER_SETTLES_MS, ledgerOf, type LedgerFacts, type LedgerRange, recordedRanges } from '../../../node/recording/ledger.ts'
import { LOSS, NOT_EXPECTED, reasonOf } from '../../../node/recording/loss-reason.ts'
import { Random } from '../../faults/random.ts'

const HOUR = 3_600_000
const T0 = Date.UTC(2026, 10, 22, 12)
const LATER = T0 + 100 * HOUR

const recorded = (startS: number, endS: number, ended: string | undefined = 'hour', node = 'alder'): RecordedStretch => (
  { session: `${node}-${startS}`, node: node as PeerId, startMs: T0 + startS * 1000, endMs: T0 + endS * 1000, ended }
)
const note = (more: Partial<HourNote>, node = 'alder'): HourNote => ({ camera: 'porch' as CameraId, hour: '2026-11-22T12', node: node as PeerId, losses: [], plans: [], expired: [], ...more })
const loss = (startS: number, endS: number, reason: string): Loss => ({ fromMs: T0 + startS * 1000, toMs: T0 + endS * 1000, reason, detail: '' })
const plan = (more: Partial<RecordPlan>): RecordPlan => ({ ...defaultPlan(true), ...more })
const change = (atS: number, was: RecordPlan, next: RecordPlan): PlanChange => ({ atMs: T0 + atS * 1000, was, plan: { ...next, sinceMs: T0 + atS * 1000 } })

function told(facts: Partial<LedgerFacts>, endS: number, nowMs = LATER): string[] {
  const ranges = ledgerOf({ recorded: [], notes: [], plan: defaultPlan(true), firstMs: T0 - HOUR, ...facts }, T0, T0 + endS * 1000, nowMs)
  return ranges.map(({ startMs, endMs, state, reason }) => `${(startMs - T0) / 1000}-${(endMs - T0) / 1000} ${state}${reason === null ? '' : `: ${reason}`}`)
}

test('what a peer says of a camera that stopped is known by the ledger’s words', () => {
  for (const [said, word] of [
    ['it sent nothing for 5 s', LOSS.silent],
    ['no picture for 10 s', LOSS.silent],
    ['nobody sends to rtmp://0.0.0.0:1935/live/… now', LOSS.silent],
    ['it ended the stream', LOSS.link],
    ['its clock jumped back by 3600.0 s: it is opened anew', LOSS.clock],
    ['its picture\'s format changed from 320x180 to 640x360: it is opened anew', LOSS.format],
    ['/dev/video0 is gone: waiting for the camera to be plugged in again', LOSS.unplugged]
  ] as const) assert.equal(reasonOf(said), word, said)
})

test('what ended a recording explains the gap after it, for a minute', () => {
  assert.deepEqual(told({ recorded: [recorded(0, 100, '/dev/video0 is gone: waiting for the camera to be plugged in again'), recorded(130, 300)] }, 300), [
    '0-100 recorded', '100-130 lost: camera unplugged', '130-300 recorded'
  ])
  assert.deepEqual(told({ recorded: [recorded(0, 100, 'node stopping'), recorded(250, 300)] }, 300), [
    '0-100 recorded', `100-${100 + END_EXPLAINS_MS / 1000} lost: node stopped`, '160-250 lost: no node was there', '250-300 recorded'
  ])
})

test('what lies between two sessions and is shorter than a picture or two is no gap', () => {
  assert.deepEqual(told({ recorded: [recorded(0, 100), recorded(100.2, 150), recorded(150.3, 200)] }, 200), ['0-150 recorded', '150-150.3 lost: node lost', '150.3-200 recorded'])
})

test('each end explains only what follows it', () => {
  assert.deepEqual(told({ recorded: [recorded(0, 100, 'the publisher left'), recorded(130, 140, 'node stopping'), recorded(150, 160)] }, 160), [
    '0-100 recorded', '100-130 lost: peer silent', '130-140 recorded', '140-150 lost: node stopped', '150-160 recorded'
  ])
})

test('a recording without an end lost its node', () => {
  assert.deepEqual(told({ recorded: [recorded(0, 100, undefined), recorded(112, 300, 'hour', 'birch')] }, 300), ['0-100 recorded', '100-112 lost: node lost', '112-300 recorded'])
})

test('what a node noted goes before what follows from the end of a recording, and holds as long as it says', () => {
  const facts = { recorded: [recorded(0, 100, 'the publisher left'), recorded(1000, 1200)], notes: [note({ losses: [loss(100, 400, LOSS.silent), loss(400, 700, LOSS.disk)] })] }
  assert.deepEqual(told(facts, 1200), ['0-100 recorded', '100-400 lost: camera silent', '400-700 lost: disk full', '700-1000 lost: no node was there', '1000-1200 recorded'])
})

test('nothing is expected before the first attach, while it is switched off, or marked away; recorded is recorded all the same', () => {
  assert.deepEqual(told({ firstMs: T0 + 50_000, recorded: [recorded(52, 100)] }, 100), ['0-50 not-expected: before first attach', '50-52 lost: recording was starting', '52-100 recorded'])
  assert.deepEqual(told({ firstMs: undefined }, 100), ['0-100 not-expected: before first attach'])
  const off = plan({ mode: 'off', sinceMs: T0 + 100_000 })
  assert.deepEqual(told({ recorded: [recorded(0, 101)], plan: off, notes: [note({ plans: [change(100, plan({}), off)] })] }, 300), ['0-101 recorded', '101-300 not-expected: recording switched off'])
  assert.deepEqual(told({ plan: plan({ away: true, sinceMs: T0 - 1 }), recorded: [recorded(0, 10), recorded(90, 100)] }, 100), ['0-10 recorded', '10-90 not-expected: marked away', '90-100 recorded'])
})

test('every decision holds for its own time, and what held before the first one is known', () => {
  const [off, manual] = [plan({ mode: 'off' }), plan({ mode: 'manual', on: true })]
  const notes = [note({ plans: [change(200, off, manual)] }), note({ plans: [change(100, plan({}), off)] }, 'birch')]
  assert.deepEqual(told({ notes, plan: { ...manual, sinceMs: T0 + 200_000 } }, 230), [
    '0-100 lost: no node was there', '100-200 not-expected: recording switched off', '200-215 lost: recording was starting', '215-230 lost: no node was there'
  ])
})

test('what ended because nobody wanted it does not explain what is lost when it is wanted again', () => {
  const [off, on] = [plan({ mode: 'manual', on: false }), plan({ mode: 'manual', on: true })]
  const notes = [note({ plans: [change(100, on, off), change(110, off, on)] })]
  assert.deepEqual(told({ notes, plan: { ...on, sinceMs: T0 + 110_000 }, recorded: [recorded(0, 100.3, 'not started'), recorded(111, 200)] }, 200), [
    '0-100.3 recorded', '100.3-110 not-expected: not started', '110-111 lost: recording was starting', '111-200 recorded'
  ])
})

const looked = (...watched: Array<readonly [fromS: number, toS: number]>): HourNote =>
  note({ motion: { watchedMs: 0, moved: [], watched: watched.map(([fromS, toS]) => ({ fromMs: T0 + fromS * 1000, toMs: T0 + toS * 1000 })) } })
const onMotion = plan({ mode: 'motion', sinceMs: T0 - 2 * HOUR })

test('of a camera that is recorded on motion is not expected what somebody looked at without seeing any; when nobody looked, it is lost', () => {
  const notes = [looked([0, 100], [400, 4000])]
  assert.deepEqual(told({ plan: onMotion, notes }, 1000), ['0-100 not-expected: no motion', '100-400 lost: no node was there', '400-1000 not-expected: no motion'])
  assert.deepEqual(told({ plan: onMotion, notes, recorded: [recorded(50, 100, 'the publisher left')] }, 1000), [
    '0-50 not-expected: no motion', '50-100 recorded', '100-160 lost: peer silent', '160-400 lost: no node was there', '400-1000 not-expected: no motion'
  ])
  assert.deepEqual(told({ plan: onMotion, notes: [...notes, { ...looked([3600, 7200]), hour: '2026-11-22T13' }] }, 7200).at(-1), '400-7200 not-expected: no motion', 'a look is noted in its hour')
  assert.deepEqual(told({ plan: onMotion, notes: [note({ motion: { watchedMs: 5, moved: [] } })] }, 1000), ['0-1000 not-expected: no motion'], 'an older node did not say when it looked')
  assert.deepEqual(told({ plan: onMotion }, 1000, T0 + 1_000_000), ['0-940 lost: no node was there', '940-1000 not-expected: no motion'], 'the newest looks are not noted yet')
  assert.deepEqual(told({ plan: { ...onMotion, away: true } }, 1000), ['0-1000 not-expected: marked away'])
})

test('a recording on motion that broke off and went on is lost in between', () => {
  const notes = [looked([0, 4000])]
  assert.deepEqual(told({ plan: onMotion, notes, recorded: [recorded(0, 100, '3 packets lost on the way'), recorded(102, 200, 'no motion')] }, 300), [
    '0-100 recorded', '100-102 lost: packets lost', '102-200 recorded', '200-300 not-expected: no motion'
  ])
  assert.deepEqual(told({ plan: onMotion, notes, recorded: [recorded(0, 100, '3 packets lost on the way'), recorded(150, 200, 'no motion')] }, 200), [
    '0-100 recorded', '100-150 not-expected: no motion', '150-200 recorded'
  ], 'it went on when something moved again')
})

test('a camera that begins to be watched for motion is lost until somebody looks', () => {
  const off = plan({ mode: 'off' })
  const notes = [note({ plans: [change(100, off, plan({ mode: 'motion' }))] }), { ...looked([102, 4000]), node: 'birch' as PeerId }]
  assert.deepEqual(told({ plan: plan({ mode: 'motion', sinceMs: T0 + 100_000 }), notes }, 200), ['0-100 not-expected: recording switched off', '100-102 lost: recording was starting', '102-200 not-expected: no motion'])
})

test('outside its weekly ranges nothing is expected, on the clock of the time zone', () => {
  // 12:00 UTC on that Sunday is 13:00 in Berlin
  const weekly = plan({ mode: 'scheduled', timeZone: 'Europe/Berlin', schedule: [{ days: [0], from: '13:01', to: '13:03' }], sinceMs: T0 - 1 })
  assert.deepEqual(told({ plan: weekly, recorded: [recorded(61, 180)] }, 240), [
    '0-60 not-expected: outside schedule', '60-61 lost: recording was starting', '61-180 recorded', '180-240 not-expected: outside schedule'
  ])
})

test('footage whose time is over is not lost', () => {
  const notes = [note({ expired: [{ fromMs: T0, toMs: T0 + 60_000 }], losses: [loss(60, 70, LOSS.unplugged)] })]
  assert.deepEqual(told({ notes, recorded: [recorded(70, 100)] }, 100), ['0-60 not-expected: expired', '60-70 lost: camera unplugged', '70-100 recorded'])
})

test('what was no gap while footage was there is none when it was given up', () => {
  const expired = (...stretches: Array<readonly [fromS: number, toS: number]>) => note({ expired: stretches.map(([fromS, toS]) => ({ fromMs: T0 + fromS * 1000, toMs: T0 + toS * 1000 })) })
  assert.deepEqual(told({ notes: [expired([0, 100], [100.2, 150], [150.3, 200])] }, 200), ['0-150 not-expected: expired', '150-150.3 lost: no node was there', '150.3-200 not-expected: expired'])
  assert.deepEqual(told({ notes: [expired([0, 100])], recorded: [recorded(100.2, 150)] }, 150), ['0-100.2 not-expected: expired', '100.2-150 recorded'])
  assert.deepEqual(told({ notes: [expired([100.2, 150])], recorded: [recorded(0, 100)] }, 150), ['0-100 recorded', '100-150 not-expected: expired'])
  assert.deepEqual(told({ notes: [expired([0, 150])], recorded: [recorded(50, 100)] }, 150), ['0-50 not-expected: expired', '50-100 recorded', '100-150 not-expected: expired'], 'what is there is recorded')
})

test('the newest seconds are on their way, the future is not yet, and what stays away is lost', () => {
  const growing = { recorded: [recorded(0, 100, undefined)] }
  assert.deepEqual(told(growing, 130, T0 + 110_000), ['0-100 recorded', '100-130 not-expected: not yet'])
  const lateMs = T0 + 100_000 + LEDGER_SETTLES_MS + 5_000
  assert.deepEqual(told(growing, 200, lateMs), ['0-100 recorded', '100-135 lost: node lost', '135-200 not-expected: not yet'])
})

test('whatever happened: ranges are in order, cover the window exactly, and agree with the sessions', () => {
  const reasons: Array<string | undefined> = ['hour', 'node stopping', 'the publisher left', undefined, 'storage is 30 parts behind']
  for (let run = 0; run < 300; run++) {
    const chance = new Random(run)
    const random = (): number => chance.next()
    const at = (): number => Math.floor(random() * 4 * HOUR) / 10 + random()
    const sessions = Array.from({ length: Math.floor(random() * 40) }, (_, i): RecordedStretch => {
      const startMs = T0 + at() * 10
      return { session: `${i}`, node: (random() < 0.5 ? 'alder' : 'birch') as PeerId, startMs, endMs: startMs + random() * 600_000, ended: reasons[Math.floor(random() * reasons.length)] }
    })
    const plans = Array.from({ length: Math.floor(random() * 6) }, (): PlanChange => {
      const mode = (['continuous', 'scheduled', 'manual', 'motion', 'off'] as const)[Math.floor(random() * 5)]!
      const next = plan({ mode, on: random() < 0.5, away: random() < 0.2, timeZone: 'America/St_Johns', schedule: [{ days: [0, 1, 6], from: '09:15', to: '11:45' }, { days: [0], from: '10:00', to: '08:00' }], sinceMs: T0 + at() * 10 })
      return { atMs: next.sinceMs, was: plan({}), plan: next }
    })
    const losses = Array.from({ length: Math.floor(random() * 20) }, (): Loss => {
      const fromMs = T0 + at() * 10
      return { fromMs, toMs: fromMs + random() * 300_000, reason: LOSS.silent, detail: random() < 0.5 ? '' : 'x' }
    })
    const newest = [...plans].sort((a, b) => b.atMs - a.atMs)[0]?.plan ?? plan({})
    const facts: LedgerFacts = { recorded: sessions, notes: [note({ losses, plans }), note({ expired: losses.slice(0, 3) }, 'birch')], plan: newest, firstMs: random() < 0.2 ? undefined : T0 + at() * 10 }
    const [fromMs, toMs, nowMs] = [T0 + random() * HOUR, T0 + HOUR + random() * 6 * HOUR, T0 + random() * 8 * HOUR]
    check(ledgerOf(facts, fromMs, toMs, nowMs), fromMs, toMs, sessions, `seed ${run}`)
    const mixed = { ...facts, recorded: [...sessions].reverse(), notes: [...facts.notes].reverse() }
    assert.deepEqual(ledgerOf(mixed, fromMs, toMs, nowMs), ledgerOf(facts, fromMs, toMs, nowMs), `seed ${run}: the order in which it was learnt changes nothing`)
  }
})

function check(ranges: readonly LedgerRange[], fromMs: number, toMs: number, sessions: readonly RecordedStretch[], what: string): void {
  assert.equal(ranges[0]?.startMs, fromMs, what)
  assert.equal(ranges.at(-1)?.endMs, toMs, what)
  for (const [i, { startMs, endMs }] of ranges.entries()) {
    assert.ok(startMs < endMs, `${what}: an empty range`)
    if (i > 0) assert.equal(startMs, ranges[i - 1]!.endMs, `${what}: a hole or an overlap`)
  }
  const known = new Set<string | null>([...Object.values(LOSS), ...Object.values(NOT_EXPECTED), null])
  assert.ok(ranges.every(({ state, reason }) => known.has(reason) && (state === 'recorded') === (reason === null)), `${what}: every range has its reason`)
  const ordered = [...sessions].sort((a, b) => a.startMs - b.startMs || (a.session < b.session ? -1 : 1))
  const total = (all: ReadonlyArray<{ startMs: number; endMs: number }>): number => all.reduce((sum, { startMs, endMs }) => sum + Math.max(0, Math.min(endMs, toMs) - Math.max(startMs, fromMs)), 0)
  assert.ok(Math.abs(total(ranges.filter(({ state }) => state === 'recorded')) - total(recordedRanges(ordered))) < 0.01, `${what}: as much is recorded as the sessions say`)
  for (const { startMs, endMs } of sessions) {
    const overlapping = ranges.filter((range) => range.startMs < endMs && range.endMs > startMs)
    assert.ok(overlapping.every(({ state }) => state === 'recorded'), `${what}: a session is recorded from end to end`)
  }
}

test.run()
