import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { PeerId } from '#protocols/ids.ts'
import { createWhyOff } from '../../../../node/understanding/analysis/why-off.ts'

const [ALDER, BIRCH] = ['alder', 'birch'] as const satisfies string[]
const test = suite('what no node of the ring reads')

test('a sense is off where no node that answers has its model, and this one says what to do', () => {
  let alive: string[] = [ALDER, BIRCH]
  const made: Record<string, string[]> = { [ALDER]: ['text@reader', 'vectors@colours-1'], [BIRCH]: ['transcript@listener'] }
  const whyOff = createWhyOff({ self: ALDER as PeerId, membership: { alive: () => alive as PeerId[] }, makers: { of: (node) => made[node] ?? [] }, inference: { whyNot: (task) => task === 'find-objects' || task === 'find-speech' ? `pull a model for ${task}` : undefined } })
  assert.equal([whyOff('words'), whyOff('tag'), whyOff('speech'), whyOff('object')], [undefined, undefined, undefined, 'pull a model for find-objects'])
  alive = [ALDER]
  assert.equal([whyOff('words'), whyOff('speech'), whyOff('caption')], [undefined, 'pull a model for find-speech', 'no node that answers has a model for it'])
})

test.run()
