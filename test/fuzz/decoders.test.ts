import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { InvalidMessageError } from '#protocols/errors.ts'
import { feed, FuzzFailure, inputOf } from './fuzz.ts'
import { TARGETS } from './targets.ts'

/** Inputs per decoder; `npm run test:fuzz` has more. @default 1500 */
const INPUTS = 1_500
/** Changes with nothing: the inputs of this test are the same on every machine. */
const FIRST_SEED = 1

const test = suite('decoders and hostile bytes')

for (const target of TARGETS) {
  test(`${target.name}: what it does not take it refuses with an error of ours, in bounded time and memory; what it takes it reads back`, () => {
    for (const sample of target.samples) target.again?.(target.decode(Uint8Array.from(sample)), sample)
    for (let seed = FIRST_SEED; seed < FIRST_SEED + INPUTS; seed++) feed(target, seed)
  })
}

test('the same seed is the same input, and a decoder that breaks is told of with the way to see it again', () => {
  const target = { name: 'weak', samples: [Buffer.from('sample')], decode(bytes: Uint8Array) { if (bytes.length < 3) throw new RangeError('oh'); throw new InvalidMessageError('no') } }
  assert.deepEqual(inputOf(target, 5), inputOf(target, 5))
  let failure: unknown
  for (let seed = 0; failure === undefined && seed < 1_000; seed++) try { feed(target, seed) } catch (err) { failure = err }
  assert.ok(failure instanceof FuzzFailure)
  assert.match(failure.message, /oh[^]*replay: node test\/fuzz\/run.ts --target "weak" --seed \d+ --inputs 1/)
})

test.run()
