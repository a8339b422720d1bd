/**
 * Runs benchmarks: `node test/bench/run.ts NAME…` loads `test/bench/NAME.ts`, which exports `run(part?): Promise<Row[]>`,
 * and prints for each row the median, the spread, and the ratio to its baseline of the same run. `NAME/PART` runs a part of those that have any.
 */
import { readdirSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { setFlagsFromString } from 'node:v8'
import { type Row, table } from './measure.ts'

// as the product runs: node/bin/thatdam.js
process.env['UV_THREADPOOL_SIZE'] ??= '32'
setFlagsFromString('--external-memory-accounted-in-global-limit')
const names = process.argv.slice(2)
const known = readdirSync(import.meta.dirname).filter((file) => isBench(file)).map((file) => file.slice(0, -'.ts'.length))
const unknown = names.filter((name) => !known.includes(fileOf(name)))
if (names.length === 0 || unknown.length > 0) {
  process.stderr.write(`${unknown.length > 0 ? `no benchmark called ${unknown.join(', ')}; ` : ''}say which to run: ${known.join(', ')}\n`)
  process.exit(2)
}

process.stdout.write(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, load ${loadavg()[0]?.toFixed(1)}\n`)
for (const name of names) {
  const { run } = await import(`./${fileOf(name)}.ts`) as { run(part?: string): Promise<Row[]> }
  process.stdout.write(`\n${name}\n${table(await run(name.split('/')[1]))}\n`)
}

function fileOf(name: string): string {
  return name.split('/')[0] ?? ''
}

/** `ring.ts` is one; `ring-peer.ts`, `measure.ts` and this file are not. */
function isBench(file: string): boolean {
  return /^[a-z]+\.ts$/.test(file) && !['run.ts', 'measure.ts'].includes(file)
}
