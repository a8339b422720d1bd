import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { whyNoNetwork } from '../support/test-network.ts'
import { SHORT } from './forms.ts'
import { runFaults } from './harness.ts'
import { MEMBERSHIP, SLOW } from './nemeses/index.ts'
import { summary } from './summary.ts'

const test = suite('a ring under faults')
const SEED = 20_261_122

test('nothing that was acknowledged is lost, and all nodes agree when every fault is over', async () => {
  const why = whyNoNetwork()
  if (why !== undefined) {
    process.stdout.write(`skipped: ${why}\n`)
    return
  }
  const lines: string[] = []
  const outcome = await runFaults({ ...SHORT, without: [...MEMBERSHIP, ...SLOW], seed: SEED, nodes: 4, tell: (line) => { lines.push(line) } })
  for (const line of lines) if (line.startsWith('skipped:')) process.stdout.write(`${line}\n`)
  const table = summary(outcome, SEED)
  process.stdout.write(`\n${table}`)
  assert.deepEqual(outcome.complaints, [], `${lines.join('\n')}\n${table}`)
  assert.ok((outcome.model.counts.get('upload')?.acknowledged ?? 0) > 5, 'the clients hardly worked')
  assert.ok(outcome.model.durableMs.length > 5, 'the camera was hardly recorded')
})

test.run()
