import { InvalidInputError, NotFoundError, RefusedError } from '#protocols/errors.ts'
import type { Records, RingRecord } from '#ring'
import { ROLES, type Role } from '../http/who.ts'
import type { AlbumRight, AlbumRights } from './album-rights.ts'
import { checkPassword, hashPassword, type ScryptWork } from './password.ts'
import { isTrue, newId, numberIn, textIn } from './record-fields.ts'
import { NameTakenError } from './refusals.ts'

/** Longest name of an account, in characters. @default 64 */
export const MAX_NAME_LENGTH = 64
/** Accounts of a ring. @default 1000 */
export const MAX_USERS = 1_000

/** An account, without what proves it. */
export interface User {
  readonly id: string
  readonly name: string
  readonly role: Role
  readonly disabled: boolean
  readonly createdMs: number
  /** Everything signed in before has ended. */
  readonly sessionsNotBeforeMs: number
  /** Changes when all sessions end; clocks of nodes differ, so this decides. */
  readonly epoch: string
  /** It sees albums it was given, and nothing else of the ring. */
  readonly limited: boolean
}

export interface UserChange {
  readonly name?: string
  readonly role?: Role
  readonly disabled?: boolean
  readonly limited?: boolean
  readonly albums?: readonly AlbumRight[]
  readonly password?: string
}

/** Accounts of the ring: the same on every node, for they are in the catalog. */
export interface Users {
  list(): User[]
  find(id: string): User | undefined
  /** Case makes no difference. Of two that were made on both sides of a cut the older one. */
  named(name: string): User | undefined
  passwordHash(id: string): string | undefined
  /** @throws InvalidInputError, NameTakenError */
  create(user: { name: string; password: string; role: Role; limited?: boolean; albums?: readonly AlbumRight[] }): Promise<User>
  /** A new password, a new role and disabling end all its sessions. @throws NotFoundError, RefusedError when nobody could administrate any more */
  change(id: string, change: UserChange): Promise<User>
  /** @throws NotFoundError, RefusedError */
  remove(id: string): Promise<void>
  /** End all sessions, on every node. @throws NotFoundError */
  endSessions(id: string): Promise<void>
}

export interface UsersInit {
  /** @default PASSWORD_WORK */
  readonly work?: ScryptWork | undefined
  /** Unix ms. */
  readonly now?: () => number
}

const KIND = 'users'

export function createUsers({ records, rights }: { records: Records; rights: AlbumRights }, { work, now = Date.now }: UsersInit = {}): Users {
  const list = (): User[] => records.list(KIND).flatMap((record) => userOf(record) ?? [])
  const find = (id: string): User | undefined => list().find((user) => user.id === id)
  const named = (name: string): User | undefined => list().filter((user) => keyOf(user.name) === keyOf(name)).sort((a, b) => a.createdMs - b.createdMs || (a.id < b.id ? -1 : 1))[0]

  function found(id: string): User {
    const user = find(id)
    if (user === undefined) throw new NotFoundError('there is no such account: it may have been removed')
    return user
  }

  function checkName(name: string, own?: string): string {
    const clean = name.normalize('NFC').trim()
    if (clean === '' || [...clean].length > MAX_NAME_LENGTH || /[\p{C}:/\\]/u.test(clean)) throw new InvalidInputError(`a name has 1 to ${MAX_NAME_LENGTH} characters, without colons and slashes`)
    if (list().some((user) => user.id !== own && keyOf(user.name) === keyOf(clean))) throw new NameTakenError(`there is an account ${clean} already: choose another name`)
    return clean
  }

  /** The ring keeps somebody who can sign in and administrate. */
  function checkAdminLeft(without: User): void {
    const isLast = without.role === 'admin' && !without.disabled && !list().some((user) => user.id !== without.id && user.role === 'admin' && !user.disabled)
    if (isLast) throw new RefusedError(`${without.name} is the last administrator: make another account one first`)
  }

  const newEpoch = (): object => ({ epoch: newId(), sessionsNotBeforeMs: now() })

  return {
    list, find, named,
    passwordHash: (id) => {
      const hash = records.find(KIND, id)?.fields['password']
      return typeof hash === 'string' ? hash : undefined
    },
    async create({ name, password, role, limited = false, albums = [] }) {
      const clean = checkName(name)
      checkPassword(password, clean)
      if (list().length >= MAX_USERS) throw new RefusedError(`the ring has ${MAX_USERS} accounts already: remove some first`)
      const id = newId()
      const hash = await hashPassword(password, work)
      await rights.set(id, albums)
      await records.put(KIND, id, { name: checkName(clean), role, limited: limited && role !== 'admin', disabled: false, createdMs: now(), password: hash, ...newEpoch() })
      return found(id)
    },
    async change(id, { name, role, disabled, limited, albums, password }) {
      const user = found(id)
      if (password !== undefined) checkPassword(password, name ?? user.name)
      if ((role !== undefined && role !== 'admin') || disabled === true) checkAdminLeft(user)
      if (limited === true && (role ?? user.role) === 'admin') throw new InvalidInputError('an administrator sees everything: make it a viewer or an editor to give it single albums')
      const clean = name === undefined ? undefined : checkName(name, id)
      const endsSessions = password !== undefined || disabled === true || (role !== undefined && role !== user.role)
      const hash = password === undefined ? {} : { password: await hashPassword(password, work) }
      if (albums !== undefined) await rights.set(id, albums)
      await records.put(KIND, id, { ...clean !== undefined && { name: clean }, ...role !== undefined && { role }, ...disabled !== undefined && { disabled }, ...limited !== undefined && { limited }, ...hash, ...endsSessions && newEpoch() })
      return found(id)
    },
    async remove(id) {
      checkAdminLeft(found(id))
      await records.remove(KIND, id)
      await rights.set(id, [])
    },
    async endSessions(id) {
      found(id)
      await records.put(KIND, id, { ...newEpoch() })
    }
  }
}

/** What makes two names the same. */
const keyOf = (name: string): string => name.normalize('NFKC').trim().toLowerCase()

function userOf({ id, fields }: RingRecord): User | undefined {
  const role = ROLES.find((known) => known === fields['role'])
  const name = textIn(fields, 'name', MAX_NAME_LENGTH)
  if (role === undefined || name === '') return undefined
  return {
    id, name, role, disabled: fields['disabled'] !== false, createdMs: numberIn(fields, 'createdMs'), sessionsNotBeforeMs: numberIn(fields, 'sessionsNotBeforeMs'), epoch: textIn(fields, 'epoch', 64),
    limited: role !== 'admin' && isTrue(fields, 'limited')
  }
}
