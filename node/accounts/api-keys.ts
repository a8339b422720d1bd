import { InvalidInputError, NotFoundError, RefusedError } from '#protocols/errors.ts'
import type { Records, RingRecord } from '#ring'
import { SCOPES, type Scope } from '../http/who.ts'
import { digestOf, isDigest } from './password.ts'
import { ID_FORM, newId, newSecret, numberIn, textIn, wordsIn } from './record-fields.ts'

/** Keys of a ring. @default 500 */
export const MAX_KEYS = 500
/** Longest name of a key, in characters. @default 100 */
export const MAX_KEY_NAME = 100

/** A key for a program, without its secret. */
export interface ApiKey {
  readonly id: string
  readonly name: string
  readonly scopes: readonly Scope[]
  readonly createdMs: number
  /** Unix ms; 0 for never. */
  readonly expiresMs: number
  /** Id of the account that made it, which it can not outlive; empty when it was made by this machine's user or with the admin token. */
  readonly by: string
}

/** API keys of the ring. */
export interface ApiKeys {
  list(): ApiKey[]
  /** The key of this id, when it holds now. */
  find(id: string): ApiKey | undefined
  /** `key` is the only copy of the secret. @throws InvalidInputError */
  create(key: Pick<ApiKey, 'name' | 'scopes' | 'expiresMs' | 'by'>): Promise<{ key: ApiKey; token: string }>
  /** @throws NotFoundError */
  remove(id: string): Promise<ApiKey>
  /** The key whose token this is, when it holds now. */
  match(token: string): ApiKey | undefined
}

const KIND = 'keys'
const FORM = /^tdk_([0-9a-f]{16})_([\w-]{43})$/

/** The part of a key that is no secret; undefined when it has not the form of one. */
export const keyIdOf = (token: string): string | undefined => FORM.exec(token)?.[1]
/** Whether a text is meant as a key, right or wrong. */
export const isKeyForm = (token: string): boolean => token.startsWith('tdk_')

export function createApiKeys({ records }: { records: Records }, { now = Date.now }: { now?: () => number } = {}): ApiKeys {
  const list = (): ApiKey[] => records.list(KIND).flatMap((record) => keyOf(record) ?? [])

  function find(id: string): ApiKey | undefined {
    const record = records.find(KIND, id)
    const key = record && keyOf(record)
    return key === undefined || (key.expiresMs !== 0 && key.expiresMs <= now()) ? undefined : key
  }

  return {
    list, find,
    async create({ name, scopes, expiresMs, by }) {
      const clean = name.normalize('NFC').trim()
      if (clean === '' || clean.length > MAX_KEY_NAME || /\p{C}/u.test(clean)) throw new InvalidInputError(`a key's name has 1 to ${MAX_KEY_NAME} characters: say what it is for`)
      if (scopes.length === 0) throw new InvalidInputError(`a key needs a scope: ${SCOPES.join(', ')}`)
      if (expiresMs !== 0 && expiresMs <= now()) throw new InvalidInputError('the key would have expired already: choose a later time')
      if (list().length >= MAX_KEYS) throw new RefusedError(`the ring has ${MAX_KEYS} keys already: remove some first`)
      const [id, secret] = [newId(), newSecret()]
      const key: ApiKey = { id, name: clean, scopes: SCOPES.filter((scope) => scopes.includes(scope)), createdMs: now(), expiresMs, by }
      await records.put(KIND, id, { name: clean, scopes: key.scopes, createdMs: key.createdMs, expiresMs, by, hash: digestOf(secret) })
      return { key, token: `tdk_${id}_${secret}` }
    },
    async remove(id) {
      const key = list().find((known) => known.id === id)
      if (key === undefined || !ID_FORM.test(id) || !await records.remove(KIND, id)) throw new NotFoundError('there is no such key: it may have been removed')
      return key
    },
    match(token) {
      const [, id = '', secret = ''] = FORM.exec(token) ?? []
      const record = id === '' ? undefined : records.find(KIND, id)
      return record !== undefined && isDigest(secret, textIn(record.fields, 'hash')) ? find(id) : undefined
    }
  }
}

function keyOf({ id, fields }: RingRecord): ApiKey | undefined {
  const name = textIn(fields, 'name', MAX_KEY_NAME)
  const scopes = wordsIn(fields, 'scopes', SCOPES)
  if (name === '' || scopes.length === 0) return undefined
  return { id, name, scopes, createdMs: numberIn(fields, 'createdMs'), expiresMs: numberIn(fields, 'expiresMs'), by: textIn(fields, 'by', 64) }
}
