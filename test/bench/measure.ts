/** What benchmarks share: samples taken in turns, so that a busy minute of the machine hits all cases alike. */

/** One thing that was measured, in the order of its samples. */
export interface Row {
  readonly name: string
  /** For example `MB/s` or `ms`. */
  readonly unit: string
  readonly samples: readonly number[]
  /** The name of the row of this run it is compared with. */
  readonly baseline?: string
  /** Printed behind the row. */
  readonly note?: string
}

export interface Case {
  readonly name: string
  readonly unit: string
  readonly baseline?: string
  readonly note?: string
  /** One sample, in `unit`. */
  sample(): Promise<number>
}

/** Every case once to warm up, then `rounds` samples of each, in turns. */
export async function inTurns(cases: readonly Case[], rounds: number): Promise<Row[]> {
  const rows = cases.map(({ name, unit, baseline, note }) => ({ name, unit, baseline, note, samples: [] as number[] }))
  for (let round = -1; round < rounds; round++) {
    for (const [i, { sample }] of cases.entries()) {
      const value = await sample()
      if (round >= 0) rows[i]?.samples.push(value)
    }
  }
  return rows
}

/** MB (10^6 bytes) per second of `work` moving `bytes`. */
export async function megabytesPerSecond(bytes: number, work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return bytes / 1e3 / (performance.now() - began)
}

export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** The sample that a share of all samples is not above. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

/** The rows as a table: median, spread, and the ratio to each row's baseline. @throws Error when a row names a baseline that was not measured */
export function table(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(({ name }) => name.length))
  return rows.map((row) => {
    const [least, most] = [Math.min(...row.samples), Math.max(...row.samples)]
    const figures = `${figure(median(row.samples)).padStart(8)} ${row.unit.padEnd(5)} [${figure(least)}–${figure(most)}]`.padEnd(36)
    return `${row.name.padEnd(width)} ${figures} ${ratio(row, rows)}${row.note === undefined ? '' : `  (${row.note})`}`.trimEnd()
  }).join('\n')
}

function ratio(row: Row, rows: readonly Row[]): string {
  if (row.baseline === undefined) return ''
  const baseline = rows.find(({ name }) => name === row.baseline)
  if (baseline === undefined) throw new Error(`${row.name} is compared with ${row.baseline}, which was not measured`)
  const value = median(row.samples) / median(baseline.samples)
  return `ratio ${value < 0.1 ? value.toPrecision(1) : value.toFixed(2)} of ${baseline.name}`
}

const figure = (value: number): string => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2))
