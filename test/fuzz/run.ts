/** `npm run test:fuzz -- [--duration 60] [--seed N] [--target NAME] [--inputs N]`: decoders against what nobody meant them to read. Duration in seconds. */
import { parseArgs } from 'node:util'
import { feed, type FuzzTarget } from './fuzz.ts'
import { TARGETS } from './targets.ts'

const { values } = parseArgs({ options: { duration: { type: 'string', default: '60' }, seed: { type: 'string' }, target: { type: 'string' }, inputs: { type: 'string' } } })
const firstSeed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed)
const targets = values.target === undefined ? TARGETS : TARGETS.filter(({ name }) => name === values.target)
if (targets.length === 0) {
  process.stderr.write(`no decoder is called ${values.target}: ${TARGETS.map(({ name }) => name).join(', ')}\n`)
  process.exit(2)
}
const inputs = values.inputs === undefined ? Infinity : Number(values.inputs)
const eachMs = inputs === Infinity ? Number(values.duration) * 1_000 / targets.length : Infinity
process.stdout.write(`seeds from ${firstSeed}\n`)

function run(target: FuzzTarget): boolean {
  const counts = { taken: 0, refused: 0 }
  const endMs = performance.now() + eachMs
  try {
    for (let index = 0; index < inputs && performance.now() < endMs; index++) counts[feed(target, firstSeed + index)]++
    process.stdout.write(`✓ ${target.name}: ${counts.taken} taken, ${counts.refused} refused\n`)
    return true
  } catch (err) {
    process.stdout.write(`✗ ${err instanceof Error ? err.message : err}\n`)
    return false
  }
}

const good = targets.map(run)
process.exitCode = good.every(Boolean) ? 0 : 1
