import { SingleBar } from 'cli-progress'

export const print = (line: string): void => { process.stdout.write(`${line}\n`) }
export const complain = (line: string): void => { process.stderr.write(`${line}\n`) }

/** A sentence, or JSON; answers the exit code of what went well. */
export function say(answer: string | object): number {
  print(typeof answer === 'string' ? answer : JSON.stringify(answer))
  return 0
}

/** Columns as wide as their widest cell; the last is not padded. Control characters never reach the terminal. */
export function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const cells = [head, ...rows].map((row) => row.map(clean))
  const widths = head.map((_, column) => Math.max(...cells.map((row) => [...(row[column] ?? '')].length)))
  return cells.map((row) => row.map((cell, column) => (column === row.length - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - [...cell].length))).join('  ').trimEnd()).join('\n')
}

/** A foreign name may hold escape sequences; a terminal obeys those. */
export const clean = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]/gu, '')

/** 1536 as `1.5 KiB`. */
export function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const step = count < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(count) / 10))
  return `${step === 0 ? count : (count / 1024 ** step).toFixed(1)} ${units[step]}`
}

/** 75,300 ms as `1:15`. */
export function clock(ms: number | undefined): string {
  if (ms === undefined) return ''
  const seconds = Math.round(ms / 1_000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** Where long work is: a bar on a terminal, nothing elsewhere. */
export interface Progress {
  set(done: number, total: number, label: string): void
  end(): void
}

export function progress(): Progress {
  if (!process.stderr.isTTY) return { set() {}, end() {} }
  const bar = new SingleBar({ format: '{bar} {percentage}%  {label}', stream: process.stderr, hideCursor: true, clearOnComplete: true, etaBuffer: 50 })
  bar.start(1, 0, { label: '' })
  return {
    set(done, total, label) {
      bar.setTotal(Math.max(total, 1))
      bar.update(Math.min(done, total), { label: clean(label).slice(-50) })
    },
    end: () => bar.stop()
  }
}
