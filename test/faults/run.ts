/**
 * A ring of real nodes under faults, held to every acknowledgement it gave.
 *
 *   node test/faults/run.ts                   about three minutes, a seed of its own
 *   node test/faults/run.ts --seed 7          the same faults again
 *   node test/faults/run.ts --short           every fault once, about a minute
 *   node test/faults/run.ts --duration 600 --nodes 5 --only kill,split
 *   node test/faults/run.ts --grace 600       garbage is kept for ten minutes
 */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { whyNoNetwork } from '../support/test-network.ts'
import { runFaults } from './harness.ts'
import { LONG, SHORT } from './forms.ts'
import { summary } from './summary.ts'

const { values } = parseArgs({ options: { seed: { type: 'string' }, duration: { type: 'string' }, nodes: { type: 'string' }, only: { type: 'string' }, grace: { type: 'string' }, short: { type: 'boolean' } } })

function whole(flag: string, text: string | undefined, fallback: number): number {
  const number = text === undefined ? fallback : Number(text)
  if (Number.isSafeInteger(number) && number >= 0) return number
  process.stderr.write(`--${flag} ${text} is no whole number\n`)
  process.exit(2)
}

const why = whyNoNetwork()
if (why !== undefined) {
  process.stdout.write(`skipped: ${why}\n`)
  process.exit(0)
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130)) // the cluster goes with the process

const form = values.short === true ? SHORT : LONG
const seed = whole('seed', values.seed, randomInt(2 ** 31))
process.stdout.write(`seed ${seed} (again: node test/faults/run.ts${values.short === true ? ' --short' : ''} --seed ${seed})\n`)
const outcome = await runFaults({
  ...form, seed,
  nodes: whole('nodes', values.nodes, 4),
  graceSeconds: whole('grace', values.grace, form.graceSeconds),
  faultsMs: whole('duration', values.duration, form.faultsMs / 1000) * 1000,
  only: values.only?.split(',').map((word) => word.trim()) ?? [],
  tell: (line) => process.stdout.write(`${line}\n`)
})
process.stdout.write(`\n${summary(outcome, seed)}`)
process.exitCode = outcome.complaints.length > 0 ? 1 : 0
