/** What the keys of an editor do to a media element, run without a browser. */
import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { MediaDeck } from '../../web/src/asset/media-deck.ts'
import { frameMsOf, transportKeys } from '../../web/src/player/transport-keys.ts'

const test = suite('a clip under the keys')
const FRAME_MS = frameMsOf(25)

/** An element that plays when it is told to and goes where it is put, and the beats of its page. */
function scene(): { element: HTMLMediaElement; deck: MediaDeck; beat: (elapsedMs: number) => void; press: (key: string, shiftKey?: boolean) => void } {
  const element = { currentTime: 10, duration: 60, paused: true, seeking: false, playbackRate: 1, pause() { this.paused = true }, async play() { this.paused = false } } as HTMLMediaElement & { paused: boolean }
  let listener: ((elapsedMs: number) => void) | undefined
  const deck = new MediaDeck(() => element, (beat) => {
    listener = beat
    return () => { if (listener === beat) listener = undefined }
  })
  const keys = transportKeys(deck, FRAME_MS)
  return { element, deck, beat: (elapsedMs) => listener?.(elapsedMs), press: (key, shiftKey = false) => keys[key]?.({ key, shiftKey } as KeyboardEvent) }
}

test('space plays and pauses', () => {
  const { element, press } = scene()
  press(' ')
  assert.equal(element.paused, false)
  press(' ')
  assert.equal(element.paused, true)
})

test('L plays, each time twice as fast and never more than eight times; K stands still at the speed there was', () => {
  const { element, press } = scene()
  const rates = Array.from({ length: 5 }, () => {
    press('l')
    return element.playbackRate
  })
  assert.deepEqual([rates, element.paused], [[1, 2, 4, 8, 8], false])
  press('k')
  assert.deepEqual([element.playbackRate, element.paused], [1, true])
})

test('J goes backwards by seeking, faster each time, as far as the beginning', () => {
  const { element, beat, press } = scene()
  press('l')
  press('j')
  beat(1000)
  assert.deepEqual([element.paused, element.currentTime], [true, 9])
  press('j')
  beat(1000)
  assert.equal(element.currentTime, 7)
  beat(60_000)
  beat(1000)
  assert.equal(element.currentTime, 0)
  press('l')
  assert.deepEqual([element.paused, element.playbackRate], [false, 1])
})

test('whoever goes backwards stands still with K and with space, and an element that is played by its own controls plays on', () => {
  for (const key of ['k', ' ']) {
    const { element, beat, press } = scene()
    press('j')
    press(key)
    beat(1000)
    assert.deepEqual([element.paused, element.currentTime], [true, 10], key)
  }
  const { element, beat, press } = scene()
  press('j')
  void element.play()
  beat(1000)
  assert.equal(element.currentTime, 10)
})

test('a picture that has not been found yet is waited for, and time goes on', () => {
  const { element, beat, press } = scene()
  press('j')
  Object.assign(element, { seeking: true })
  beat(1000)
  Object.assign(element, { seeking: false })
  beat(1000)
  assert.equal(element.currentTime, 8)
})

test('arrows go five seconds, with Shift one, and no farther than the ends', () => {
  const { element, press } = scene()
  press('ArrowRight')
  press('ArrowLeft', true)
  assert.equal(element.currentTime, 14)
  for (let i = 0; i < 12; i++) press('ArrowRight')
  assert.equal(element.currentTime, 60)
  for (let i = 0; i < 20; i++) press('ArrowLeft')
  assert.equal(element.currentTime, 0)
})

test('comma and full stop go to the middle of the picture before and after, whatever the rate, and stand still', () => {
  for (const rate of [25, 24_000 / 1001, 60_000 / 1001, 119.88]) {
    const { element, deck } = scene()
    const shown = (): number => Math.floor(element.currentTime * rate)
    element.currentTime = 100.5 / rate
    void element.play()
    for (let i = 0; i < 50; i++) deck.frame(frameMsOf(rate))
    assert.deepEqual([shown(), element.paused], [150, true])
    for (let i = 0; i < 51; i++) deck.frame(-frameMsOf(rate))
    assert.equal(shown(), 99)
  }
  const { element, press } = scene()
  element.currentTime = 0
  press('.')
  assert.equal(Math.floor(element.currentTime * 25), 1)
  press(',')
  press(',')
  assert.equal(Math.floor(element.currentTime * 25), 0)
})

test('where nothing plays, keys do nothing', () => {
  const keys = transportKeys(new MediaDeck(() => undefined), FRAME_MS)
  for (const act of Object.values(keys)) act({ shiftKey: false } as KeyboardEvent)
})

test.run()
