import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { whyNoNetwork } from '../support/test-network.ts'
import { PATIENT } from './forms.ts'
import { runFaults } from './harness.ts'
import { summary } from './summary.ts'

const test = suite('a node that is struck off and comes back')
const SEED = 20_261_122

test('what it alone knew of is whole when it comes back before the grace of garbage is over', async () => {
  const why = whyNoNetwork()
  if (why !== undefined) {
    process.stdout.write(`skipped: ${why}\n`)
    return
  }
  const lines: string[] = []
  const outcome = await runFaults({ ...PATIENT, only: ['strike off'], seed: SEED, nodes: 4, tell: (line) => { lines.push(line) } })
  const table = summary(outcome, SEED)
  process.stdout.write(`\n${table}`)
  assert.deepEqual(outcome.complaints, [], `${lines.join('\n')}\n${table}`)
})

test.run()
