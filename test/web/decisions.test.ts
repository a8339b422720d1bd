/** The pages' pure decisions, run without a browser. */
import assert from 'node:assert/strict'
import { test } from 'uvu'
import { until } from '../support/until.ts'
import { ApiError, api } from '../../web/src/api/client.ts'
import { connection } from '../../web/src/api/connection.ts'
import { draftOf, failed, isContested, receive, saved, saving, type } from '../../web/src/asset/draft.ts'
import { formatAge, formatBytes, formatDuration } from '../../web/src/design/format.ts'
import { AssetPages } from '../../web/src/library/asset-pages.ts'
import { parseQuery, printQuery } from '../../web/src/library/asset-query.ts'
import { recordingLight } from '../../web/src/live/recording-light.ts'
import { apiMomentQuery, parseMomentQuery } from '../../web/src/moments/moment-query.ts'
import { rateOf } from '../../web/src/live/picture-rate.ts'
import { chosenRange, marked, NO_MARKS } from '../../web/src/recordings/marks.ts'
import { dayOf, rangeAt, stepDay, stepRecordedDay, ticksOf, timeIn } from '../../web/src/recordings/timeline-math.ts'
import { nodeCommand, peerCommand } from '../../web/src/ring/join-command.ts'
import { partitionAt } from '../../web/src/ring/ring-geometry.ts'

test('who is shown few of the pictures that a camera sends is told of how many', () => {
  assert.equal(rateOf(30, 29.6), '30 fps')
  assert.equal(rateOf(30, 12), '12 of 30 fps: too slow a line')
  assert.equal(rateOf(0, 12), '12 fps', 'what it sends is not known yet')
  assert.equal(rateOf(30, 0), '', 'nothing was counted yet')
})

test('days follow one another without a hole, whenever the clocks change', () => {
  let day = dayOf(Date.UTC(2026, 0, 1, 12))
  for (let at = 0; at < 366; at += 1) {
    const next = stepDay(day, 1)
    assert.equal(next.fromMs, day.toMs)
    assert.deepEqual(stepDay(next, -1), day)
    day = next
  }
})

test('moments are looked for up to the end of a day, also of one on which the clocks change', () => {
  const zone = process.env['TZ']
  process.env['TZ'] = 'Europe/Berlin'
  try {
    assert.deepEqual(['2026-03-29', '2026-10-25', '2026-10-26'].map((to) => Number(apiMomentQuery(parseMomentQuery(`to=${to}`))['to']) + 1), [Date.UTC(2026, 2, 29, 22), Date.UTC(2026, 9, 25, 23), Date.UTC(2026, 9, 26, 23)])
  } finally {
    if (zone === undefined) delete process.env['TZ']
    else process.env['TZ'] = zone
  }
})

test('the date arrows skip days without recordings', () => {
  const day = dayOf(Date.UTC(2026, 10, 22, 12))
  assert.deepEqual(stepRecordedDay(['2026-11-12T12', '2026-11-19T12', 'junk'], day, -1), dayOf(Date.UTC(2026, 10, 19, 12)))
  assert.equal(stepRecordedDay(['2026-11-12T12'], day, 1), undefined)
})

test('a timeline never has more labels than fit', () => {
  for (const length of [60_000, 600_000, 3_600_000, 86_400_000, 90_000_000]) assert.ok(ticksOf({ fromMs: 1_234_567, toMs: 1_234_567 + length }, 13).length <= 14, String(length))
})

test('a gap is found also when it is thinner than a finger', () => {
  const ledger = [{ startMs: 0, endMs: 1000, state: 'recorded' as const, reason: null }, { startMs: 1000, endMs: 1001, state: 'lost' as const, reason: 'camera unplugged' }]
  assert.equal(rangeAt(ledger, 950, 100)?.state, 'lost')
  assert.equal(rangeAt(ledger, 850, 100)?.state, 'recorded')
  assert.equal(rangeAt(ledger, 5000, 100), undefined)
  assert.equal(timeIn(ledger, 'recorded', { fromMs: 400, toMs: 2000 }), 600)
})

test('marks make a range in order: a mark beyond the other end begins anew', () => {
  const marks = marked(marked(NO_MARKS, 'in', 10.4), 'out', 50)
  assert.deepEqual(chosenRange(marks), { fromMs: 10, toMs: 50 })
  assert.equal(chosenRange(marked(marks, 'in', 60)), undefined)
  assert.deepEqual(marked(marks, 'out', 5), { inMs: null, outMs: 5 })
})

test('the recording light turns amber after 5 s and red after 15 s', () => {
  const camera = { recording: true, live: true, durableCopies: 2, lastDurableMs: 100_000 }
  assert.deepEqual(recordingLight(camera, 101_000), { tone: 'ok', text: 'on 2 nodes, 1 s ago' })
  assert.equal(recordingLight(camera, 106_000).tone, 'warn')
  assert.deepEqual(recordingLight({ ...camera, recording: false, notExpected: 'outside schedule' }, 200_000), { tone: 'off', text: 'Outside schedule' })
  assert.equal(recordingLight(camera, 116_000).tone, 'bad')
  assert.equal(recordingLight({ ...camera, durableCopies: 1 }, 101_000).tone, 'warn')
  assert.equal(recordingLight({ ...camera, recording: false }, 101_000).tone, 'bad')
  assert.equal(recordingLight({ ...camera, recording: false, live: false, lastDurableMs: 0 }, 101_000).tone, 'off')
})

test('an untouched field follows the ring, a touched one keeps its words', () => {
  assert.equal(receive(draftOf('a'), 'b').text, 'b')
  const typing = type(draftOf('a'), 'a mine')
  const met = receive(typing, 'a theirs')
  assert.equal(met.text, 'a mine')
  assert.equal(isContested(met), true)
  assert.equal(isContested(receive(typing, 'a')), false)
})

test('what is typed while saving is saved next, and a failure keeps the words', () => {
  const during = type(saving(type(draftOf('a'), 'ab')), 'abc')
  assert.deepEqual([saved(during, 'ab').text, saved(during, 'ab').state], ['abc', 'typing'])
  const lost = failed(saving(type(draftOf('a'), 'ab')), 'disk full', 'a')
  assert.deepEqual([lost.text, lost.state, isContested(type(lost, 'abc'))], ['ab', 'failed', false])
})

test('an address makes the query it was made from, and junk makes none', () => {
  const query = { q: 'two words type:audio tag:b&w rating:>=3', sort: '-size', weak: true } as const
  assert.deepEqual(parseQuery(printQuery(query)), query)
  assert.deepEqual(parseQuery('sort=sideways&weak=1&q='), { q: '', sort: '', weak: false })
  assert.deepEqual(parseQuery('kind=audio&tag=b+%22w%22&minRating=3&q=porch').q, 'porch type:audio tag:"b \\"w\\"" rating:>=3', 'addresses as they were')
})

/** Requests that a test answers by itself, while it lasts. */
async function asked(act: (requests: { readonly offset: number; readonly answer: (title: string) => void }[]) => Promise<void>): Promise<void> {
  const before = globalThis.fetch
  const requests: { readonly offset: number; readonly answer: (title: string) => void }[] = []
  globalThis.fetch = (address, init) => new Promise((resolve, reject) => {
    init?.signal?.addEventListener('abort', () => reject(init.signal?.reason))
    requests.push({ offset: Number(new URL(String(address), 'http://fake').searchParams.get('offset')), answer: (title) => resolve(Response.json({ assets: [{ title }], total: 1000, cursor: null })) })
  })
  await act(requests).finally(() => { globalThis.fetch = before })
}

test('what changes while a part of the library is read is read again', () => asked(async (requests) => {
  const pages = new AssetPages(parseQuery(''), () => undefined)
  pages.show(0, 1)
  pages.renew()
  requests[0]?.answer('before')
  await until(() => requests.length === 2, 'it is asked for again')
  requests[1]?.answer('between')
  await until(() => pages.at(0)?.title === 'between', 'the answer is shown')
  pages.renew()
  await until(() => requests.length === 3, 'it is asked for anew')
  pages.renew()
  requests[2]?.answer('again')
  await until(() => requests.length === 4, 'and once more')
  requests[3]?.answer('after')
  await until(() => pages.at(0)?.title === 'after', 'the last is shown')
  assert.equal(requests.length, 4, 'and nothing more is asked')
}))

test('a renewal that is left because somebody looks elsewhere is made up for when they are back', () => asked(async (requests) => {
  const pages = new AssetPages(parseQuery(''), () => undefined)
  pages.show(100, 101)
  requests[0]?.answer('before')
  await until(() => pages.at(100)?.title === 'before', 'it is shown')
  pages.renew()
  await until(() => requests.length === 2, 'it is renewed')
  pages.show(500, 501)
  pages.show(100, 101)
  await until(() => requests.filter(({ offset }) => offset === 100).length === 3, 'it is asked for again')
}))

test('commands quote what a shell would read otherwise', () => {
  assert.equal(nodeCommand('inv1', '/data/my ring'), "npx thatdam node --data '/data/my ring' --join inv1")
  assert.equal(peerCommand('inv1', '$(reboot)', 'rtsp://h/?a&b'), "npx thatdam peer --join inv1 --camera '$(reboot)' --source 'rtsp://h/?a&b'")
})

test('a point on the ring is its partition, one in the hole is none', () => {
  assert.equal(partitionAt(0.01, -90, 50), 0)
  assert.equal(partitionAt(90, 0.01, 50), 64)
  assert.equal(partitionAt(-0.01, -90, 50), 255)
  assert.equal(partitionAt(3, 3, 50), undefined)
})

test('numbers are short and have their unit', () => {
  assert.deepEqual([0, 999, 1000, 1_240_000_000, 96e9].map(formatBytes), ['0 B', '999 B', '1.00 kB', '1.24 GB', '96.0 GB'])
  assert.deepEqual([4000, 61_000, 3_661_000].map(formatDuration), ['0:04.0', '1:01', '1:01:01'])
  assert.deepEqual([1200, 184_000, 7_200_000].map(formatAge), ['1 s', '3 min', '2 h'])
})

test('an order that takes too long may still be done, and is no silence of the node', async () => {
  const { fetch } = globalThis
  const before = connection.get()
  globalThis.fetch = (_url, init) => new Promise((_resolve, reject) => { init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)) })
  const alive = setInterval(() => undefined, 1_000) // a timer of a signal alone lets Node end
  try {
    for (const order of [api.post('/assets/edit', {}, 10), api.remove('/trash', {}, 10)]) {
      await assert.rejects(order, (error: unknown) => error instanceof ApiError && error.code === 'OVERDUE' && error.message.startsWith('This takes longer than 0.01 s. It may still be done'))
    }
    assert.equal(connection.get(), before)
  } finally {
    clearInterval(alive)
    globalThis.fetch = fetch
  }
})

test.run()
