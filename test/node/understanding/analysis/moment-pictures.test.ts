import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { OverloadedError } from '#protocols/errors.ts'
import type { Asset } from '#ring'
import { createMomentPictures, MAX_WAITING_MOMENTS, MOMENTS_AT_ONCE } from '../../../../node/understanding/analysis/moment-pictures.ts'

const test = suite('pictures of moments')
const film = { facts: { id: 'a1' } } as Asset

test('a picture is made once for all who ask at the same time, and kept for those who ask later', async () => {
  let made = 0
  const pictures = createMomentPictures({ looking: { jpeg: async () => Uint8Array.of(++made) } })
  const [one, other] = await Promise.all([pictures.at(film, 40, 320), pictures.at(film, 40, 320)])
  assert.equal([[...one], [...other], [...await pictures.at(film, 40, 320)], made], [[1], [1], [1], 1])
  await pictures.at(film, 40, 640)
  assert.is(made, 2, 'another size is another picture')
})

test('those that nobody asked for the longest are forgotten when there are too many bytes', async () => {
  const asked: number[] = []
  const pictures = createMomentPictures({ looking: { jpeg: async (_, atMs) => { asked.push(atMs); return new Uint8Array(40) } } }, { cacheBytes: 100 })
  for (const atMs of [1, 2, 1, 3, 1, 2]) await pictures.at(film, atMs, 320)
  assert.equal(asked, [1, 2, 3, 2], 'the first was asked for again and again')
})

test('few are made at once, and beyond what may wait they are refused', async () => {
  const going: Array<() => void> = []
  const pictures = createMomentPictures({ looking: { jpeg: () => new Promise((resolve) => { going.push(() => resolve(Uint8Array.of(1))) }) } })
  const waiting = Array.from({ length: MAX_WAITING_MOMENTS }, (_, atMs) => pictures.at(film, atMs, 320))
  await new Promise(setImmediate)
  assert.is(going.length, MOMENTS_AT_ONCE)
  let refused: unknown
  await pictures.at(film, 9_999, 320).catch((err) => { refused = err })
  assert.instance(refused, OverloadedError)
  for (let done = 0; done < MAX_WAITING_MOMENTS;) {
    for (const go of going.splice(0)) { go(); done++ }
    await new Promise(setImmediate)
  }
  assert.is((await Promise.all(waiting)).length, MAX_WAITING_MOMENTS)
})

test('one that fails is made anew for the next who asks', async () => {
  let fails = true
  const pictures = createMomentPictures({ looking: { jpeg: async () => { if (fails) throw new Error('damaged'); return Uint8Array.of(7) } } })
  await pictures.at(film, 1, 320).then(() => assert.unreachable(), (err: Error) => assert.is(err.message, 'damaged'))
  fails = false
  assert.equal([...await pictures.at(film, 1, 320)], [7])
})

test.run()
