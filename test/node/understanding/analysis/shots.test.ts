import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createFeatureReader, SMALL_HEIGHT, SMALL_WIDTH } from '../../../../node/understanding/analysis/shots/frame-features.ts'
import { type Boundary, SETTLES_AFTER, ShotDetector } from '../../../../node/understanding/analysis/shots/shot-detector.ts'
import { randomOf } from '../../../support/random.ts'

const test = suite('where shots begin')
const BYTES = SMALL_WIDTH * SMALL_HEIGHT * 3

/** Patches of colour under some grain; another seed is another place. */
function place(seed: number): Uint8Array {
  const random = randomOf(seed)
  const patches = Array.from({ length: 80 }, () => [random() * 230, random() * 230, random() * 230] as const)
  return Uint8Array.from({ length: BYTES }, (_, at) => {
    const [x, y] = [Math.floor(at / 3) % SMALL_WIDTH, Math.floor(at / 3 / SMALL_WIDTH)]
    return patches[Math.floor(y / 12) * 10 + Math.floor(x / 16)]![at % 3]!
  })
}

const GRAINS = 3
const grained = new Map<Uint8Array, readonly Uint8Array[]>()

function grainy(picture: Uint8Array, frame: number): Uint8Array {
  const all = grained.get(picture) ?? Array.from({ length: GRAINS }, (_, grain) => picture.map((value, at) => Math.min(255, Math.max(0, value + ((at * 31 + grain * 17) % 7) - 3))))
  grained.set(picture, all)
  return all[frame % GRAINS]!
}

const mixed = (a: Uint8Array, b: Uint8Array, share: number): Uint8Array => a.map((value, at) => value * (1 - share) + b[at]! * share)
const still = (picture: Uint8Array, count: number): Uint8Array[] => Array.from({ length: count }, () => picture)

function told(pictures: readonly Uint8Array[]): string[] {
  const [detector, features] = [new ShotDetector(), createFeatureReader()]
  const found: Boundary[] = []
  for (const [frame, picture] of pictures.entries()) {
    const settled = detector.push(features(grainy(picture, frame), SMALL_WIDTH * 3, frame * 40))
    for (const { frame: at } of settled) assert.ok(frame - at <= SETTLES_AFTER, `${at} was told at ${frame}`)
    found.push(...settled)
  }
  return [...found, ...detector.end()].sort((a, b) => a.frame - b.frame).map(({ begins, frame }) => `${begins} ${frame}`)
}

const near = (all: readonly string[], begins: string, frame: number, slack: number): boolean => all.some((one) => one.startsWith(`${begins} `) && Math.abs(Number(one.split(' ')[1]) - frame) <= slack)
const [A, B] = [place(1), place(2)]

test('a cut is told at its first picture, and one place on its own is one shot', () => {
  assert.equal(told(still(A, 120)), [])
  assert.equal(told([...still(A, 60), ...still(B, 60)]), ['cut 60'])
  assert.equal(told([...still(A, 20), ...still(B, 20), ...still(A, 20)]), ['cut 20', 'cut 40'])
})

test('a cut just before the end is told', () => {
  assert.equal(told([...still(A, 60), ...still(B, 8)]), ['cut 60'])
})

test('cuts are told in noisy pictures of one colour each, where every pixel changes from one picture to the next', () => {
  const random = randomOf(5)
  const noisy = (...colour: readonly number[]): Uint8Array[] => Array.from({ length: 30 }, () => Uint8Array.from({ length: BYTES }, (_, at) => Math.min(255, Math.max(0, colour[at % 3]! + (random() - 0.5) * 40))))
  assert.equal(told([...noisy(220, 220, 30), ...noisy(220, 30, 30), ...noisy(210, 30, 210), ...noisy(30, 40, 220)]), ['cut 30', 'cut 60', 'cut 90'])
})

test('a flash, a caption that comes up and a change of light are none', () => {
  const flash = A.map((value) => Math.min(255, value * 0.4 + 150))
  const caption = A.map((value, at) => (at > BYTES * 0.75 && at < BYTES * 0.92 ? 235 : value))
  const brighter = Array.from({ length: 16 }, (_, i) => A.map((value) => Math.min(255, value * (1 + i * 0.02))))
  assert.equal(told([...still(A, 60), flash, flash, ...still(A, 60)]), [])
  assert.equal(told([...still(A, 60), ...still(caption, 40), ...still(A, 60)]), [])
  assert.equal(told([...still(A, 60), ...brighter, ...still(brighter.at(-1)!, 60)]), [])
})

test('a dissolve is told once, near its middle', () => {
  const all = told([...still(A, 80), ...Array.from({ length: 24 }, (_, i) => mixed(A, B, (i + 0.5) / 24)), ...still(B, 80)])
  assert.is(all.length, 1, all.join())
  assert.ok(near(all, 'dissolve', 92, 6), all.join())
})

test('a fade through black is told once, where the new place comes up', () => {
  const black = new Uint8Array(BYTES)
  const down = Array.from({ length: 12 }, (_, i) => mixed(A, black, (i + 1) / 12))
  const up = Array.from({ length: 12 }, (_, i) => mixed(black, B, (i + 1) / 12))
  const all = told([...still(A, 60), ...down, ...still(black, 6), ...up, ...still(B, 60)])
  assert.is(all.length, 1, all.join())
  assert.ok(near(all, 'fade', 77, 8), all.join())
})

test.run()
