/** Numbers, amounts and dates of the search box. Pure. */
import { InvalidQueryError } from '#protocols/errors.ts'
import type { FieldKind, Unit } from './query-fields.ts'

/** From `from` to `to`, both included unless they are open. */
export interface Range {
  readonly from?: number
  readonly fromOpen?: true
  readonly to?: number
  readonly toOpen?: true
}

/** A value stands for all from `start` to `end`: a day for all its moments. */
interface Span { readonly start: number; readonly end: number; readonly endOpen: boolean }

interface Clock { readonly nowMs: number; readonly zoneMinutes?: number }

const DAY_MS = 86_400_000
const SIZES: Readonly<Record<string, number>> = { '': 1, b: 1, k: 1e3, kb: 1e3, m: 1e6, mb: 1e6, g: 1e9, gb: 1e9, t: 1e12, tb: 1e12, kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3, tib: 1024 ** 4 }
const TIMES: Readonly<Record<string, number>> = { ms: 1, '': 1000, s: 1000, sec: 1000, m: 60_000, min: 60_000, h: 3_600_000 }
const HINTS: Readonly<Record<Unit, string>> = { count: '>=3', bytes: '>100MB', milliseconds: '1m..5m', pixels: '>=1920', rate: '25', date: '2026-03-21' }
/** How far from a bare value a number may be: nobody types 29.970029 or the exact bytes. */
const SLACK: Readonly<Record<Unit, (value: number) => number>> = { count: () => 0, pixels: () => 0, date: () => 0, rate: () => 0.01, milliseconds: () => 500, bytes: (value) => value * 0.05 }

/** @throws InvalidQueryError */
export function readRange(name: string, { unit, as }: Extract<FieldKind, { kind: 'range' }>, text: string, at: number, clock: Clock): Range {
  const span = (value: string): Span => spanOf(value.trim(), unit, clock) ?? refuse(name, unit, text, at)
  const [, low, high] = /^(.*?)\.\.(.*)$/s.exec(text) ?? []
  if (low !== undefined && high !== undefined) {
    if (low.trim() === '' && high.trim() === '') refuse(name, unit, text, at)
    const range = { ...(low.trim() === '' ? {} : { from: span(low).start }), ...(high.trim() === '' ? {} : high.startsWith('<') ? { to: span(high.slice(1)).start, toOpen: true as const } : upTo(span(high))) }
    if ((range.from ?? -Infinity) > (range.to ?? Infinity)) throw new InvalidQueryError(`${name}:${text.slice(0, 40)} ends before it begins`, at, `${high}..${low}`)
    return range
  }
  const [, sign = '', value = ''] = /^(>=|<=|>|<|=)?(.*)$/s.exec(text) ?? []
  return compared(sign === '' ? as ?? '=' : sign, span(value), unit, sign === '')
}

function compared(sign: string, span: Span, unit: Unit, isLoose: boolean): Range {
  switch (sign) {
    case '>=': case 'after': return { from: span.start }
    case '>': return span.endOpen ? { from: span.end } : { from: span.end, fromOpen: true }
    case '<': case 'before': return { to: span.start, toOpen: true }
    case '<=': return upTo(span)
    default: {
      const slack = isLoose ? SLACK[unit](span.start) : 0
      return slack === 0 ? { from: span.start, ...upTo(span) } : { from: Math.max(0, span.start - slack), to: span.end + slack }
    }
  }
}

const upTo = ({ end, endOpen }: Span): Range => endOpen ? { to: end, toOpen: true } : { to: end }

function refuse(name: string, unit: Unit, text: string, at: number): never {
  throw new InvalidQueryError(`${name}: does not take ${JSON.stringify(text.slice(0, 40))}: write for example ${name}:${HINTS[unit]}${unit === 'date' ? ', 2026-03, 2026, today or yesterday' : ''}`, at, `${name}:${HINTS[unit]}`)
}

function spanOf(text: string, unit: Unit, clock: Clock): Span | undefined {
  if (unit === 'date') return dateOf(text, clock)
  const value = unit === 'bytes' ? amountOf(text, SIZES) : unit === 'milliseconds' ? clockOf(text) ?? amountOf(text, TIMES) : unit === 'count' && text === 'none' ? 0 : plainOf(text)
  return value === undefined || !Number.isFinite(value) ? undefined : { start: value, end: value, endOpen: false }
}

const plainOf = (text: string): number | undefined => /^\d+(\.\d+)?(p|px|fps)?$/i.test(text) ? Number.parseFloat(text) : undefined

function amountOf(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text) ?? []
  const factor = Object.hasOwn(units, unit.toLowerCase()) ? units[unit.toLowerCase()] : undefined
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor
}

/** `1:30`, `1:02:03`, `1h30m`. */
function clockOf(text: string): number | undefined {
  if (/^\d+(:\d{1,2}){1,2}$/.test(text)) return text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) * 1000
  const [whole, hours, minutes, seconds] = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/i.exec(text) ?? []
  return whole === undefined || whole === '' ? undefined : (Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0)) * 1000
}

/** A year, a month, a day or a moment, in the asker's zone unless it names its own. */
function dateOf(text: string, { nowMs, zoneMinutes = 0 }: Clock): Span | undefined {
  const zoneMs = zoneMinutes * 60_000
  const today = Math.floor((nowMs + zoneMs) / DAY_MS) * DAY_MS
  if (text === 'today') return { start: today - zoneMs, end: today + DAY_MS - zoneMs, endOpen: true }
  if (text === 'yesterday') return { start: today - DAY_MS - zoneMs, end: today - zoneMs, endOpen: true }
  if (/^-?\d{4,6}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(text) || /^[+-]\d{6}-/.test(text)) {
    const ms = Date.parse(text)
    return Number.isNaN(ms) ? undefined : { start: ms, end: ms, endOpen: false }
  }
  const [, year, month, day] = /^(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?$/.exec(text) ?? []
  if (year === undefined) return undefined
  const start = utc(Number(year), Number(month ?? 1) - 1, Number(day ?? 1))
  if (month !== undefined && new Date(start).getUTCMonth() !== Number(month) - 1) return undefined
  const end = day !== undefined ? start + DAY_MS : month !== undefined ? utc(Number(year), Number(month), 1) : utc(Number(year) + 1, 0, 1)
  return { start: start - zoneMs, end: end - zoneMs, endOpen: true }
}

/** `Date.UTC` reads the years 0 to 99 as those of the last century. */
function utc(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month, day)
}

const DATES = new Set(['taken', 'imported', 'edited'])

/** The range as a term that reads as the same range. */
export function printRange(field: string, { from, fromOpen, to, toOpen }: Range): string {
  const print = (value: number): string => DATES.has(field) ? new Date(value).toISOString() : field === 'duration' ? `${plain(value)}ms` : field === 'size' ? `${plain(value)}b` : plain(value)
  if (from !== undefined && to !== undefined) return `${field}:${print(from)}..${toOpen ? '<' : ''}${print(to)}`
  if (from !== undefined) return `${field}:${fromOpen ? '>' : '>='}${print(from)}`
  return `${field}:${toOpen ? '<' : '<='}${print(to ?? 0)}`
}

/** Without an exponent. */
const plain = (value: number): string => value >= 1e21 ? BigInt(value).toString() : String(value).includes('e') ? value.toFixed(20) : String(value)
