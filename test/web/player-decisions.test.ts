/** What the player and its timeline decide, run without a browser. */
import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { Conductor, type Follower, WAIT_MS } from '../../web/src/player/conductor.ts'
import { hasFootage, lastEnd, nextFetch, nextStart, reasonAt, type Recorded, type Spans, wordsOfGap } from '../../web/src/player/footage.ts'
import { correctedRate, MOST_CORRECTION } from '../../web/src/player/correction.ts'
import { PastStream } from '../../web/src/player/past-stream.ts'
import { exportUrl, mediaStart } from '../../web/src/player/range-file.ts'
import { followed, LONGEST_MS, panned, SHORTEST_MS, thumbnailStep, viewOf, zoomed } from '../../web/src/player/zoom.ts'

const test = suite('decisions of the player')
const NOW = 1_000_000
const SPANS: Spans = [{ startMs: 0, endMs: 400_000 }, { startMs: 500_000, endMs: 510_000 }]

test('footage is where spans are, and gaps lead to what comes next or came before', () => {
  assert.deepEqual([hasFootage(SPANS, 0), hasFootage(SPANS, 399_999), hasFootage(SPANS, 400_000), hasFootage(SPANS, 505_000)], [true, true, false, true])
  assert.deepEqual([nextStart(SPANS, 400_000), nextStart(SPANS, 510_000), lastEnd(SPANS, 450_000)], [500_000, undefined, 400_000])
})

const RECORDED: Recorded = SPANS.map((span, i) => ({ ...span, session: `s${i}` }))
const after = (toMs: number, session = 's0', spans = RECORDED): ReturnType<typeof nextFetch> => nextFetch(spans, { session, toMs }, 10_000, 400)

test('what is fetched goes on inside a span, then with the next one, and waits where there is nothing yet', () => {
  assert.deepEqual(after(50_000), { session: 's0', fromMs: 50_000, toMs: 60_000, continued: true })
  assert.deepEqual(after(395_000), { session: 's0', fromMs: 395_000, toMs: 400_000, continued: true })
  assert.deepEqual(after(400_000), { session: 's1', fromMs: 500_000, toMs: 510_000, continued: false })
  assert.equal(after(510_000, 's1'), undefined)
  assert.equal(after(509_800, 's1'), undefined, 'of what may grow no less than a part')
  assert.equal(after(399_800)?.toMs, 400_000, 'of what is over also the last bit')
})

test('a recording that begins as another ends, or lies over its end, is fetched from its own beginning on', () => {
  for (const startMs of [400_000, 399_970, 390_000]) {
    const spans = [...RECORDED, { session: 'other', startMs, endMs: 450_000 }]
    assert.deepEqual(after(395_000, 's0', spans), { session: 's0', fromMs: 395_000, toMs: 400_000, continued: true })
    assert.deepEqual(after(400_000, 's0', spans), { session: 'other', fromMs: 400_000, toMs: 410_000, continued: false })
    assert.deepEqual(after(410_000, 'other', spans), { session: 'other', fromMs: 410_000, toMs: 420_000, continued: true })
  }
})

test('a gap is told in the words of the ledger', () => {
  const ledger = [{ startMs: 400_000, endMs: 412_000, state: 'lost' as const, reason: 'camera was away' }]
  assert.equal(wordsOfGap(12_000, reasonAt(ledger, [], 405_000)), '12 s missing: camera was away')
  assert.equal(reasonAt([], [{ startMs: 400_000, endMs: 500_000, reason: 'alder went away' }], 405_000), 'alder went away')
})

test('a player that is a little off is made a little slower or faster, and never more than that', () => {
  assert.deepEqual([correctedRate(1, 10), correctedRate(2, -12)], [1, 2])
  assert.ok(Math.abs(correctedRate(1, 50) - 0.95) < 1e-9 && Math.abs(correctedRate(1, -50) - 1.05) < 1e-9)
  assert.ok(correctedRate(1, 5000) >= 1 - MOST_CORRECTION && correctedRate(1, -5000) <= 1 + MOST_CORRECTION)
})

test('zooming keeps the moment under the pointer where it is, between half a minute and two weeks', () => {
  const view = { fromMs: NOW - 3_600_000, toMs: NOW }
  const at = NOW - 900_000
  const closer = zoomed(view, 0.5, at, NOW)
  assert.equal(closer.toMs - closer.fromMs, 1_800_000)
  assert.ok(Math.abs((at - closer.fromMs) / 1_800_000 - 0.75) < 1e-9)
  assert.equal(zoomed(view, 1e-9, at, NOW).toMs - zoomed(view, 1e-9, at, NOW).fromMs, SHORTEST_MS)
  const widest = zoomed(view, 1e9, at, NOW)
  assert.equal(widest.toMs - widest.fromMs, LONGEST_MS)
  assert.ok(widest.toMs <= NOW + LONGEST_MS * 0.1 + 1, 'no more of the future than a tenth')
  assert.ok(panned(view, 5, NOW).toMs <= NOW + 360_000)
})

test('the view turns its page with the playhead, and stays with a person who looks elsewhere', () => {
  const view = viewOf(NOW - 600_000, 600_000, NOW)
  assert.equal(followed(view, view.toMs - 100, view.toMs - 50, NOW), view)
  const turned = followed(view, view.toMs - 100, view.toMs + 100, NOW)
  assert.ok(turned.fromMs < view.toMs + 100 && turned.toMs > view.toMs + 100)
  assert.equal(followed(view, 1000, 2000, NOW), view)
})

test('thumbnails lie on a grid of round moments, at most a hundred to a view', () => {
  for (const length of [30_000, 600_000, 3_600_000, 86_400_000, LONGEST_MS]) assert.ok(length / thumbnailStep({ fromMs: 0, toMs: length }) <= 100, String(length))
})

test('a piece that goes on is taken from its first moof, and an export says how it is cut', () => {
  const box = (type: string, size: number): number[] => [0, 0, 0, size, ...Buffer.from(type), ...Array<number>(size - 8).fill(0)]
  assert.equal(mediaStart(new Uint8Array([...box('ftyp', 12), ...box('moov', 20), ...box('moof', 8)])), 32)
  assert.equal(exportUrl('porch', { fromMs: 1.6, toMs: 2.2 }, 'exact', 'the fox'), '/api/v1/cameras/porch/export?from=1&to=3&cut=exact&name=the+fox')
})

interface Fake extends Follower { state: Follower['state']; spans: Spans; shownMs: number; at: number; running: boolean }
const follower = (change: Partial<Fake> = {}): Fake => {
  const fake: Fake = { camera: 'porch', spans: SPANS, shownMs: 0, isAtEnd: true, state: 'ready', isLive: false, at: 0, running: false, knows: () => true, close() {}, retry() {}, follow(at, _rate, runs) { fake.at = at; fake.running = runs }, ...change }
  return fake
}
function play(followers: Fake[], fromMs: number): { conductor: Conductor; after: (ms: number) => void } {
  let monotonic = 0
  const conductor = new Conductor({ now: () => NOW, monotonic: () => monotonic }, 'past')
  for (const each of followers) conductor.add(each)
  conductor.play(fromMs)
  conductor.tick()
  return { conductor, after: (ms) => { for (let at = 0; at < ms; at += 50) { monotonic += 50; conductor.tick() } } }
}

test('the clock passes over what no camera has, and says so', () => {
  const one = follower()
  const { conductor, after } = play([one], 399_500)
  after(1000)
  assert.ok(one.at >= 500_000 && one.at < 501_000, String(one.at))
  assert.equal(conductor.view.get().skipped?.toMs, 500_000)
  after(5000)
  assert.equal(conductor.view.get().skipped, null, 'and not for ever')
})

test('a camera with a gap among others that have none is waited out, not jumped', () => {
  const [one, other] = [follower(), follower({ camera: 'garage', spans: [{ startMs: 0, endMs: 600_000 }] })]
  const { after } = play([one, other], 399_500)
  after(1000)
  assert.ok(Math.abs(one.at - 400_500) < 100 && one.at === other.at, `${one.at} ${other.at}`)
})

test('cameras that are ready wait for one that is not, and not for ever', () => {
  const [one, late] = [follower(), follower({ camera: 'garage', state: 'loading' })]
  const { after } = play([one, late], 100_000)
  after(WAIT_MS - 200)
  assert.equal(one.at, 100_000)
  after(1000)
  assert.ok(one.at > 100_500, String(one.at))
})

test('playing that arrives at the newest goes on live, or stops where there is no live', () => {
  const spans = [{ startMs: 0, endMs: NOW - 3000 }]
  const live = play([follower({ spans, isLive: true })], NOW - 3500)
  live.after(1500)
  assert.equal(live.conductor.view.get().mode, 'live')
  const gone = play([follower({ spans })], NOW - 3500)
  gone.after(1500)
  assert.deepEqual([gone.conductor.view.get().mode, gone.conductor.view.get().edge, gone.conductor.view.get().playing], ['past', true, false])
})

test('played fast, a camera whose last seconds load more slowly than they would play goes on live', () => {
  const slow = follower({ spans: [{ startMs: 0, endMs: NOW - 2000 }], isLive: true, state: 'loading' })
  const { conductor, after } = play([slow], NOW - 4500)
  conductor.setRate(4)
  after(800)
  assert.equal(conductor.view.get().mode, 'past')
  after(800)
  assert.equal(conductor.view.get().mode, 'live')
})

test('J and L go twice as fast each time, K stops, and backwards the picture is stepped', () => {
  const one = follower()
  const { conductor, after } = play([one], 100_000)
  conductor.shuttle(1)
  assert.equal(conductor.view.get().rate, 2)
  conductor.shuttle(-1)
  conductor.shuttle(-1)
  assert.equal(conductor.view.get().rate, -2)
  const from = one.at
  after(1000)
  assert.ok(one.at < from - 1500, String(one.at))
  conductor.pause()
  assert.deepEqual([conductor.view.get().playing, conductor.view.get().rate], [false, 1])
})

test('where it is not known yet what is recorded, the clock waits instead of calling it a gap', () => {
  const one = follower({ spans: [], knows: () => false })
  const { conductor, after } = play([one], 100_000)
  after(10_000)
  assert.deepEqual([conductor.view.get().edge, conductor.view.get().playing, conductor.view.get().waiting], [false, true, true])
})

/** A browser with room for so many seconds, and a node that answers what it is asked for. */
function browserOf(roomS: number) {
  const real = { MediaSource: globalThis.MediaSource, fetch: globalThis.fetch, createObjectURL: URL.createObjectURL, revokeObjectURL: URL.revokeObjectURL }
  const asked: number[] = []
  const held: Array<{ from: number; to: number }> = []
  const video = Object.assign(new EventTarget(), { currentTime: 0, seeking: false, readyState: 4, paused: true, playbackRate: 1, error: null, src: '', play: async () => {}, pause() {}, load() {}, removeAttribute() {} })
  const buffer = Object.assign(new EventTarget(), {
    timestampOffset: 0,
    buffered: { get length() { return Math.min(1, held.length) }, start: () => held[0]!.from, end: () => held.at(-1)!.to },
    remove(from: number, to: number) {
      for (const each of held.splice(0)) if (each.from < from || each.to > to) held.push({ from: Math.max(each.from, to), to: each.to })
      queueMicrotask(() => buffer.dispatchEvent(new Event('updateend')))
    },
    /** Goes by whole pieces, and never by the one that plays. */
    appendBuffer({ length }: Uint8Array) {
      while (held.length > 0 && held.reduce((sum, { from, to }) => sum + to - from, length) > roomS && held[0]!.to < video.currentTime) held.shift()
      if (held.reduce((sum, { from, to }) => sum + to - from, length) > roomS) throw new DOMException('full', 'QuotaExceededError')
      held.push({ from: buffer.timestampOffset, to: buffer.timestampOffset + length })
      queueMicrotask(() => buffer.dispatchEvent(new Event('updateend')))
    }
  })
  Object.assign(video, { buffered: buffer.buffered })
  Object.assign(URL, { createObjectURL: () => 'blob:test', revokeObjectURL() {} })
  Object.assign(globalThis, {
    MediaSource: class extends EventTarget { readyState = 'open'; duration = 0; addSourceBuffer = () => buffer },
    async fetch(url: string) {
      const [from, to] = ['from', 'to'].map((name) => Number(new URL(url, 'http://alder').searchParams.get(name))) as [number, number]
      asked.push(from)
      return new Response(new Uint8Array((to - from) / 1000), { headers: { 'x-codecs': 'avc1', 'x-start-ms': String(from), 'x-duration-ms': String(to - from) } })
    }
  })
  const stream = new PastStream('porch', video as unknown as HTMLVideoElement)
  stream.spans = [{ session: 's', startMs: 0, endMs: 400_000 }]
  return {
    stream, asked,
    /** The clock goes there, as often as what is asked for brings more. */
    async to(atMs: number, looks = 20): Promise<void> {
      for (let look = 0; look < looks; look++) {
        stream.follow(atMs, 1, false)
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
    close() {
      stream.close()
      Object.assign(globalThis, { MediaSource: real.MediaSource, fetch: real.fetch })
      Object.assign(URL, { createObjectURL: real.createObjectURL, revokeObjectURL: real.revokeObjectURL })
    }
  }
}

test('back where the browser let go of what it had, to have room, is fetched again', async () => {
  const { stream, asked, to, close } = browserOf(30)
  try {
    for (let atMs = 100_000; atMs <= 130_000; atMs += 5_000) await to(atMs)
    assert.equal(stream.state, 'ready')
    const before = asked.length
    await to(128_000)
    assert.deepEqual(asked.slice(before), [], 'what is there is not fetched again')
    await to(101_000)
    assert.equal(asked[before], 101_000)
    assert.equal(stream.state, 'ready')
  } finally {
    close()
  }
})

test('a player that stands still does not fetch again and again what the browser has no room for', async () => {
  const { asked, to, close } = browserOf(20)
  const { now } = performance
  let laterMs = 0
  performance.now = () => now.call(performance) + laterMs
  try {
    for (; laterMs < 60_000; laterMs += 2_000) await to(100_000)
    assert.deepEqual(asked, [100_000, 104_000, 114_000])
    await to(112_000)
    laterMs += 2_000
    await to(112_000)
    assert.deepEqual(asked.slice(3), [114_000, 124_000], 'it has moved on: there is room for one more')
  } finally {
    close()
    Reflect.deleteProperty(performance, 'now')
  }
})

test.run()
