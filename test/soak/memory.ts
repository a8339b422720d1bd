import { readFileSync } from 'node:fs'

const PAGE_BYTES = 4_096

export interface Sample { readonly name: string; readonly bytes: number }

/** Resident set of a process, in bytes (proc(5), statm). */
export function residentBytes(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES
}

/** The median of the last quarter of the samples, and its ratio to that of the second: the first is warming up. */
export function growthOf(samples: readonly Sample[]): { name: string; megabytes: number; ratio: number } {
  const quarter = (at: number): number => median(samples.slice(Math.floor(samples.length * at / 4), Math.ceil(samples.length * (at + 1) / 4)).map(({ bytes }) => bytes))
  return { name: samples[0]?.name ?? '', megabytes: quarter(3) / 1e6, ratio: quarter(3) / quarter(1) }
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}
