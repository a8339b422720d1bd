import { parseArgs, type ParseArgsConfig } from 'node:util'
import { clean } from './output.ts'

/** The command line is wrong: one line that names the flag and how to put it right. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

type FlagSpecs = NonNullable<ParseArgsConfig['options']>
export type FlagValues = Readonly<Record<string, string | boolean | ReadonlyArray<string | boolean> | undefined>>

export interface Parsed {
  readonly values: FlagValues
  readonly positionals: readonly string[]
}

/** Flags of this command and no others. @throws UsageError */
export function parseFlags(command: string, argv: readonly string[], flags: FlagSpecs): Parsed {
  try {
    return parseArgs({ args: [...argv], options: { ...flags, help: { type: 'boolean', short: 'h' } }, allowPositionals: true, strict: true }) as Parsed
  } catch (err) {
    throw new UsageError(`${explain(err, flags)} (thatdam help ${command})`)
  }
}

function explain(err: unknown, flags: FlagSpecs): string {
  const { code, message } = err as { code?: string; message: string }
  const flag = /'(?:-\w, )?(--?[\w-]+)/.exec(message)?.[1] ?? 'a flag'
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return `there is no flag ${flag}: use ${Object.keys(flags).map((name) => `--${name}`).join(' ')}`
  if (flags[flag.replace(/^--/, '')]?.type === 'boolean') return `${flag} takes no value`
  return `${flag} needs a value: ${flag} VALUE`
}

/** The one value of a flag, or undefined. @throws UsageError when empty */
export function text(values: FlagValues, flag: string): string | undefined {
  const value = values[flag]
  if (typeof value !== 'string') return undefined
  if (value.trim() === '') throw new UsageError(`--${flag} is empty: give it a value`)
  return value
}

/** As `text`, but it must be there. @throws UsageError */
export function required(values: FlagValues, flag: string, example: string): string {
  const value = text(values, flag)
  if (value === undefined) throw new UsageError(`--${flag} is missing: for example --${flag} ${example}`)
  return value
}

/** All values of a flag that may be given several times. */
export function texts(values: FlagValues, flag: string): string[] {
  const all = values[flag]
  return Array.isArray(all) ? all.filter((value): value is string => typeof value === 'string') : []
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `30m`, `24h`, `7d` in ms. @throws UsageError */
export function duration(flag: string, value: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(value.trim())
  const ms = Number(match?.[1]) * (UNITS[match?.[2] ?? ''] ?? Number.NaN)
  if (!(ms >= 1)) throw new UsageError(`--${flag} ${value} is no time: write a number and a unit, for example 30m, 24h or 7d`)
  return Math.round(ms)
}

const SIZES: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 }

/** `500K`, `8M`, `1G` or bare bytes; K is 1024. At least 1. @throws UsageError */
export function byteCount(flag: string, value: string): number {
  const match = /^(\d+(?:\.\d+)?)([KMG]?)(?:i?B)?$/i.exec(value.trim())
  const count = Number(match?.[1]) * (SIZES[(match?.[2] ?? '').toUpperCase()] ?? Number.NaN)
  if (!(count >= 1)) throw new UsageError(`--${flag} ${value} is no number of bytes: for example 500K, 8M or 1G`)
  return Math.round(count)
}

/** A number above 0. @throws UsageError */
export function positive(flag: string, value: string): number {
  const number = Number(value)
  if (!(number > 0) || !Number.isFinite(number)) throw new UsageError(`--${flag} ${value} is not a number above 0`)
  return number
}

/** A whole number, 0 or more. @throws UsageError */
export function wholeNumber(flag: string, value: string): number {
  if (!/^\d{1,9}$/.test(value.trim())) throw new UsageError(`--${flag} ${value} is not a whole number`)
  return Number(value)
}

/** A moment as ISO 8601 or Unix ms. @throws UsageError */
export function timeOf(name: string, value: string): number {
  const ms = /^\d+$/.test(value) ? Number(value) : Date.parse(value)
  if (Number.isNaN(ms)) throw new UsageError(`${name} ${clean(value)} is no time: use ISO 8601, for example 2026-11-22T17:00:00Z, or Unix ms`)
  return ms
}
