import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { signsOf, spell } from '../../../../node/understanding/inference/reading/spell.ts'

const SIGNS = signsOf('a\nb\r\nö\n')
/** One column per place: how sure it is of the sign there, and hardly of any other. */
const columns = (...sure: ReadonlyArray<readonly [sign: number, confidence: number]>): Float32Array => Float32Array.from(sure.flatMap(([sign, confidence]) => SIGNS.map((_, i) => (i === sign ? confidence : 0.01))))

test('a dictionary has no sign first and a space last, whatever its lines end with', () => {
  assert.equal(SIGNS, ['', 'a', 'b', 'ö', ' '])
})

test('a sign over several columns is one, and two with none between them are two', () => {
  assert.equal(spell(columns([1, 0.9], [1, 0.8], [0, 0.9], [1, 0.7], [4, 1], [3, 0.8]), SIGNS), { text: 'aa ö', confidence: spell(columns([1, 0.9], [0, 1], [1, 0.7], [4, 1], [3, 0.8]), SIGNS).confidence })
})

test('the confidence is the mean of the signs, and 0 of none', () => {
  assert.ok(Math.abs(spell(columns([1, 0.9], [0, 1], [2, 0.5]), SIGNS).confidence - 0.7) < 1e-6)
  assert.equal(spell(columns([0, 1], [0, 1]), SIGNS), { text: '', confidence: 0 })
  assert.equal(spell(new Float32Array(3), SIGNS), { text: '', confidence: 0 })
})

test.run()
