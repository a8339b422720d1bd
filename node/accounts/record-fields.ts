/** Fields of records, read with suspicion: any member of the ring may have written them. */
import { randomBytes } from 'node:crypto'
import type { RecordFields } from '#ring'

export const textIn = (fields: RecordFields, field: string, most = 500): string => typeof fields[field] === 'string' ? (fields[field] as string).slice(0, most) : ''
export const numberIn = (fields: RecordFields, field: string): number => typeof fields[field] === 'number' && Number.isFinite(fields[field]) ? fields[field] as number : 0
export const isTrue = (fields: RecordFields, field: string): boolean => fields[field] === true

/** Only those of the list that are known. */
export function wordsIn<Word extends string>(fields: RecordFields, field: string, known: readonly Word[]): Word[] {
  const listed = Array.isArray(fields[field]) ? fields[field] as unknown[] : []
  return known.filter((word) => listed.includes(word))
}

/** 64 random bits as hex: of a record, in addresses, unguessable but no secret. */
export const newId = (): string => randomBytes(8).toString('hex')
export const ID_FORM = /^[0-9a-f]{16}$/
/** 256 random bits in 43 characters. */
export const newSecret = (): string => randomBytes(32).toString('base64url')
