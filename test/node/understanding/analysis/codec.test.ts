import { encode } from '@ipld/dag-cbor'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { InvalidMessageError } from '#protocols/errors.ts'
import type { Analysis } from '../../../../node/understanding/analysis/analysis.ts'
import { decodeAnalysis, encodeAnalysis, MAX_ANALYSIS_BYTES } from '../../../../node/understanding/analysis/codec.ts'
import { decodeCaptions, decodeFaces, decodeObjects, decodeText, decodeVectors, encodeCaptions, encodeFaces, encodeObjects, encodeText, encodeVectors } from '../../../../node/understanding/analysis/readings/codec.ts'
import { randomAnalysis, randomBlob, randomReadings } from '../../../support/random-analysis.ts'
import { type Random, randomOf } from '../../../support/random.ts'

const test = suite('bytes of analyses and readings')
const CASES = 60
const CHANGES = 40

interface Coded { readonly name: string; readonly bytes: Uint8Array; readonly value: unknown; readonly decode: (bytes: Uint8Array) => unknown }

async function coded(random: Random): Promise<Coded[]> {
  const analysis = randomAnalysis(random)
  const { vectors, text, objects, faces, captions } = randomReadings(random, analysis, await randomBlob(random))
  return [
    { name: 'analysis', bytes: encodeAnalysis(analysis), value: analysis, decode: decodeAnalysis },
    { name: 'vectors', bytes: encodeVectors(vectors), value: vectors, decode: (bytes) => decodeVectors(bytes, analysis) },
    { name: 'text', bytes: encodeText(text), value: text, decode: (bytes) => decodeText(bytes, analysis) },
    { name: 'objects', bytes: encodeObjects(objects), value: objects, decode: (bytes) => decodeObjects(bytes, analysis) },
    { name: 'faces', bytes: encodeFaces(faces), value: faces, decode: (bytes) => decodeFaces(bytes, analysis) },
    { name: 'captions', bytes: encodeCaptions(captions), value: captions, decode: (bytes) => decodeCaptions(bytes, analysis) }
  ]
}

const refusal = (read: () => unknown): string => {
  try {
    read()
  } catch (err) {
    assert.instance(err, InvalidMessageError)
    return (err as Error).message
  }
  return 'nothing was refused'
}

test('whatever is written is read as it was', async () => {
  for (let seed = 1; seed <= CASES; seed++) for (const { name, bytes, value, decode } of await coded(randomOf(seed))) assert.equal(decode(bytes), value, `${name} of seed ${seed}`)
})

test('bytes that were changed or cut are refused as such, or are something that can be written again', async () => {
  let refused = 0
  for (let seed = 1; seed <= CASES; seed++) {
    const random = randomOf(seed)
    for (const { name, bytes, decode } of await coded(random)) {
      for (let i = 0; i < CHANGES; i++) {
        const spoilt = random() < 0.2 ? bytes.slice(0, Math.floor(random() * bytes.length)) : bytes.slice()
        for (let flips = 1 + Math.floor(random() * 4); flips > 0 && spoilt.length > 0; flips--) spoilt[Math.floor(random() * spoilt.length)] = Math.floor(random() * 256)
        try {
          decode(spoilt)
        } catch (err) {
          assert.instance(err, InvalidMessageError, `${name} of seed ${seed}: ${err}`)
          refused++
        }
      }
    }
  }
  assert.ok(refused > CASES * CHANGES, `${refused} were refused`)
})

test('what is too large is not even looked at', () => {
  assert.match(refusal(() => decodeAnalysis(new Uint8Array(MAX_ANALYSIS_BYTES + 1))), /no more than 8388608 are read/)
})

test('scenes follow each other and have pictures of their own', async () => {
  const analysis = randomAnalysis(randomOf(7))
  const changed = (change: (copy: { durationMs: number; pictures: unknown[]; scenes: Array<Record<string, unknown>> }) => void): Analysis => {
    const copy = structuredClone(analysis) as never
    change(copy)
    return copy
  }
  const wrong: ReadonlyArray<readonly [RegExp, Analysis]> = [
    [/pictures of no scene/, { ...analysis, scenes: [], pictures: [] }],
    [/does not begin where the one before ends/, changed(({ scenes }) => { scenes[0]!['fromMs'] = 1 })],
    [/whose pictures are not its own/, changed(({ scenes }) => { scenes[0]!['hero'] = 9_000 })],
    [/whose pictures are not its own/, changed(({ scenes }) => { scenes[0]!['pictures'] = [0, 0] })]
  ]
  for (const [why, value] of wrong) assert.match(refusal(() => decodeAnalysis(encodeAnalysis(value))), why)
})

test('numbers that are none, vectors of another length and boxes outside of the picture are refused', async () => {
  const random = randomOf(11)
  const analysis = randomAnalysis(random)
  const { vectors, text } = randomReadings(random, analysis, await randomBlob(random))
  assert.match(refusal(() => decodeVectors(encodeVectors({ ...vectors, pictures: vectors.pictures.map((value, i) => (i === 3 ? Number.NaN : value)) }), analysis)), /a number that is none/)
  assert.match(refusal(() => decodeVectors(encodeVectors({ ...vectors, pictures: vectors.pictures.subarray(1) }), analysis)), /has not \d+ numbers of four bytes/)
  assert.match(refusal(() => decodeVectors(encodeVectors({ ...vectors, space: 'Not A Space' as never }), analysis)), /no name of a space/)
  const line = { picture: 0, text: 'a', box: [0, 0, 1, 1] as const, confidence: 0.5 }
  assert.match(refusal(() => decodeText(encodeText({ ...text, lines: [{ ...line, box: [0, 0, 2, 1] }] }), analysis)), /no number from 0 to 1/)
  assert.match(refusal(() => decodeText(encodeText({ ...text, lines: [{ ...line, picture: 900 }] }), analysis)), /no number from 0/)
  assert.match(refusal(() => decodeText(encodeText({ ...text, lines: [{ ...line, text: 'x'.repeat(1_001) }] }), analysis)), /at most 1000 characters/)
  assert.match(refusal(() => decodeText(encode({ v: 1, analysis: 'nothing', model: 'm', lines: [] }), analysis)), /names no blob/)
  assert.match(refusal(() => decodeText(encode({ v: 1, analysis: text.analysis, model: 'm', lines: [], more: 1 }), analysis)), /has not exactly the keys/)
})

test.run()
