import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lookThrough } from '../../../node/library/look-through.ts'

const test = suite('looking through the library')

test('what changes while everything is looked through is looked at once more, not once for each change', async () => {
  let [looks, go] = [0, (): void => {}]
  const look = lookThrough(() => new Promise((resolve) => { looks++; go = resolve }))
  const done = Promise.all([look(), look(), look()])
  go()
  await new Promise(setImmediate)
  assert.is(looks, 2)
  go()
  await done
  assert.is(looks, 2)
  const again = look()
  go()
  await again
  assert.is(looks, 3)
})

test('who asks in the turns in which a look ends is not overlooked', async () => {
  for (let turns = 0; turns < 8; turns++) {
    let looks = 0
    const look = lookThrough(async () => { looks++ })
    void look()
    for (let turn = 0; turn < turns; turn++) await Promise.resolve()
    await look()
    assert.is(looks, 2, `after ${turns} turns`)
  }
})

test.run()
