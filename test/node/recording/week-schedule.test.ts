import assert from 'node:assert/strict'
import { test } from 'uvu'
import { dayName, dayStart, momentOf, nextDay, scheduled } from '../../../node/recording/week-schedule.ts'

const BERLIN = 'Europe/Berlin'
const hours = (ms: number): number => ms / 3_600_000
const iso = (ranges: ReadonlyArray<{ startMs: number; endMs: number }>): string[] => ranges.map(({ startMs, endMs }) => `${new Date(startMs).toISOString().slice(5, 16)} ${new Date(endMs).toISOString().slice(5, 16)}`)

test('a range is on the clock of its zone, and one that ends before it begins ends on the next day', () => {
  const from = Date.UTC(2026, 10, 22) // a Sunday
  assert.deepEqual(iso(scheduled([{ days: [0], from: '22:00', to: '02:00' }], BERLIN, from, from + 3 * 86_400_000)), ['11-22T21:00 11-23T01:00'])
  assert.deepEqual(iso(scheduled([{ days: [6], from: '22:00', to: '02:00' }], BERLIN, from, from + 86_400_000)), ['11-22T00:00 11-22T01:00'], 'one that began the day before')
  assert.deepEqual(iso(scheduled([{ days: [0, 1, 2, 3, 4, 5, 6], from: '00:00', to: '00:00' }], BERLIN, from, from + 3 * 86_400_000)), ['11-22T00:00 11-25T00:00'], 'all of every day is one stretch')
  assert.deepEqual(iso(scheduled([{ days: [1], from: '08:00', to: '12:00' }, { days: [1], from: '10:00', to: '14:00' }], 'UTC', from, from + 3 * 86_400_000)), ['11-23T08:00 11-23T14:00'])
})

test('when the clocks change, a day has 23 or 25 hours, and a range keeps its times on the clock', () => {
  const [spring, autumn] = [Date.UTC(2026, 2, 29, 10), Date.UTC(2026, 9, 25, 10)]
  assert.equal(hours(nextDay(spring, BERLIN) - dayStart(spring, BERLIN)), 23)
  assert.equal(hours(nextDay(autumn, BERLIN) - dayStart(autumn, BERLIN)), 25)
  assert.equal(dayName(dayStart(autumn, BERLIN), BERLIN), '2026-10-25')
  const week = [{ days: [0, 1], from: '08:00', to: '09:00' }]
  assert.deepEqual(iso(scheduled(week, BERLIN, spring - 86_400_000, spring + 86_400_000)), ['03-29T06:00 03-29T07:00', '03-30T06:00 03-30T07:00'])
  assert.deepEqual(iso(scheduled(week, BERLIN, autumn - 86_400_000, autumn + 86_400_000)), ['10-25T07:00 10-25T08:00', '10-26T07:00 10-26T08:00'])
})

test('a time the clock skips, or shows twice, is one moment all the same', () => {
  assert.equal(new Date(momentOf(Date.UTC(2026, 2, 29, 2, 30), BERLIN)).toISOString(), '2026-03-29T01:00:00.000Z', 'the skip')
  assert.equal(new Date(momentOf(Date.UTC(2026, 9, 25, 2, 30), BERLIN)).toISOString(), '2026-10-25T00:30:00.000Z', 'the first of the two')
})

test('of a range with times that the clock skips, what the clock shows of it is left', () => {
  const from = Date.UTC(2026, 2, 28, 12)
  const night = (begin: string, end: string): string[] => iso(scheduled([{ days: [0], from: begin, to: end }], BERLIN, from, from + 86_400_000))
  assert.deepEqual(night('02:30', '03:15'), ['03-29T01:00 03-29T01:15'])
  assert.deepEqual(night('01:30', '02:30'), ['03-29T00:30 03-29T01:00'])
  assert.deepEqual(night('02:15', '02:45'), [], 'nobody saw that on a clock')
})

for (const zone of ['Pacific/Apia', 'America/St_Johns', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Asia/Beirut', 'UTC']) {
  test(`every day of a year has its midnight in ${zone}`, () => {
    let at = dayStart(Date.UTC(2026, 0, 1, 12), zone)
    for (let day = 0; day < 365; day++) {
      const next = nextDay(at, zone)
      assert.ok(hours(next - at) >= 23 && hours(next - at) <= 25, `${dayName(at, zone)}: ${hours(next - at)} hours`)
      assert.equal(dayStart(next - 1, zone), at)
      at = next
    }
  })
}

test.run()
