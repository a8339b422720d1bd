/** `thatdam user …` and `thatdam token …`: accounts of the ring, and keys for programs. */
import { readFileSync } from 'node:fs'
import type { ApiKeyList, ApiKeyMade, RoleName, ScopeName, UserEdit, UserList, UserMade, UserView } from '#protocols/http.ts'
import { CommandError, type NodeApi, nodeApi, NODE_FLAGS } from './api.ts'
import { duration, type FlagValues, parseFlags, text, UsageError } from './flags.ts'
import { clean, print, table } from './output.ts'

const ROLES: readonly RoleName[] = ['viewer', 'editor', 'admin']
const SCOPES: readonly ScopeName[] = ['read', 'edit', 'admin', 'ingest', 'live', 'publish']
const USER_VERBS = ['add', 'list', 'disable', 'enable', 'password', 'role', 'sign-out', 'remove'] as const

/** `thatdam user add NAME [--role R]`, `list`, `disable|enable|password|sign-out|remove NAME`, `role NAME ROLE`. */
export async function runUser(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('user', argv, { ...NODE_FLAGS, role: { type: 'string' }, 'password-file': { type: 'string' } })
  const [verb = '', name, role, ...more] = positionals
  const known = USER_VERBS.find((each) => each === verb)
  if (known === undefined) throw new UsageError(`say what to do: thatdam user ${USER_VERBS.join('|')} (thatdam help user)`)
  if ((known === 'list') !== (name === undefined) || (known === 'role') !== (role !== undefined) || more.length > 0) throw new UsageError(`thatdam user ${known}${known === 'list' ? '' : ' NAME'}${known === 'role' ? ' ROLE' : ''} (thatdam help user)`)
  const api = nodeApi(values)
  const answer = (object: object, words: string): number => {
    print(values['json'] === true ? JSON.stringify(object) : clean(words))
    return 0
  }
  if (known === 'list') return list(api, values)
  if (known === 'add') return add(api, values, name!)
  const user = await named(api, name!)
  if (known === 'remove') {
    await api.delete(`users/${user.id}`)
    return answer({ removed: user.id }, `${user.name} is removed.`)
  }
  if (known === 'sign-out') {
    await api.post(`users/${user.id}/sign-out`, {})
    return answer({ signedOut: user.id }, `All sessions of ${user.name} have ended.`)
  }
  const changed = await api.patch<UserView>(`users/${user.id}`, changeOf(known, values, role))
  return answer(changed, `${changed.name} is ${changed.disabled ? 'disabled' : changed.role}.${known === 'password' || known === 'disable' ? ' Its sessions have ended.' : ''}`)
}

function changeOf(verb: 'disable' | 'enable' | 'password' | 'role', values: FlagValues, role: string | undefined): UserEdit {
  if (verb === 'role') return { role: roleOf(role ?? '') }
  if (verb === 'password') return { password: passwordOf(values) ?? fail('thatdam user password NAME --password-file FILE: the first line of the file is the new password; - is standard input') }
  return { disabled: verb === 'disable' }
}

async function list(api: NodeApi, values: FlagValues): Promise<number> {
  const { users } = await api.get<UserList>('users')
  print(values['json'] === true ? JSON.stringify({ users }) : users.length === 0 ? 'Nobody has an account.' : table(['NAME', 'ROLE', 'STATE', 'SEES', 'SINCE'], users.map((user) => [
    user.name, user.role, user.disabled ? 'disabled' : 'active', user.limited ? `${user.albums.length} albums` : 'everything', day(user.createdMs)
  ])))
  return 0
}

async function add(api: NodeApi, values: FlagValues, name: string): Promise<number> {
  const password = passwordOf(values)
  const made = await api.post<UserMade>('users', { name, role: roleOf(text(values, 'role') ?? 'viewer'), ...(password !== undefined && { password }) })
  if (values['json'] === true) print(JSON.stringify(made))
  else print(clean(`${made.user.name} is ${made.user.role}.${made.password === null ? '' : ` Password, shown once: ${made.password}`}`))
  return 0
}

async function named(api: NodeApi, name: string): Promise<UserView> {
  const { users } = await api.get<UserList>('users')
  const user = users.find((each) => each.name.toLowerCase() === name.normalize('NFC').toLowerCase()) ?? users.find(({ id }) => id === name)
  if (user === undefined) throw new CommandError(`there is no account ${clean(name)}: thatdam user list shows all`)
  return user
}

function roleOf(value: string): RoleName {
  return ROLES.find((role) => role === value) ?? fail(`${clean(value)} is no role: ${ROLES.join(', ')}`)
}

/** Not as a flag: the words of a command are in lists of processes. @throws UsageError */
function passwordOf(values: FlagValues): string | undefined {
  const path = text(values, 'password-file')
  if (path === undefined) return undefined
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8').split(/\r?\n/)[0] ?? ''
  } catch (err) {
    throw new UsageError(`--password-file ${path} can not be read (${(err as { code?: string }).code ?? err})`)
  }
}

/** `thatdam token create NAME --scope S… [--expires T]`, `list`, `revoke NAME|ID`. */
export async function runToken(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('token', argv, { ...NODE_FLAGS, scope: { type: 'string', multiple: true }, expires: { type: 'string' } })
  const [verb, name, ...more] = positionals
  if (!['create', 'list', 'revoke'].includes(verb ?? '') || (verb === 'list') !== (name === undefined) || more.length > 0) throw new UsageError('thatdam token create NAME --scope SCOPE… | list | revoke NAME (thatdam help token)')
  const api = nodeApi(values)
  if (verb === 'create') return create(api, values, name!)
  const { keys } = await api.get<ApiKeyList>('keys')
  if (verb === 'list') {
    print(values['json'] === true ? JSON.stringify({ keys }) : keys.length === 0 ? 'There are no keys.' : table(['NAME', 'SCOPES', 'SINCE', 'UNTIL', 'BY', 'ID'], keys.map((key) => [key.name, key.scopes.join(','), day(key.createdMs), key.expiresMs === 0 ? '' : day(key.expiresMs), key.by, key.id])))
    return 0
  }
  const found = keys.filter((key) => key.id === name || key.name === name)
  if (found.length !== 1) throw new CommandError(found.length === 0 ? `there is no key ${clean(name!)}: thatdam token list shows all` : `${found.length} keys are called ${clean(name!)}: name one by its id`)
  await api.delete(`keys/${found[0]!.id}`)
  print(values['json'] === true ? JSON.stringify({ revoked: found[0]!.id }) : clean(`The key ${found[0]!.name} opens nothing any more.`))
  return 0
}

async function create(api: NodeApi, values: FlagValues, name: string): Promise<number> {
  const given = ([values['scope'] ?? []].flat() as string[]).flatMap((scope) => scope.split(','))
  const scopes = given.map((scope) => SCOPES.find((known) => known === scope) ?? fail(`${clean(scope)} is no scope: ${SCOPES.join(', ')}`))
  if (scopes.length === 0) throw new UsageError(`say what the key is for: --scope ${SCOPES.join('|')}`)
  const expires = text(values, 'expires')
  const made = await api.post<ApiKeyMade>('keys', { name, scopes, ...(expires !== undefined && { expiresMs: Date.now() + duration('expires', expires) }) })
  print(values['json'] === true ? JSON.stringify(made) : made.token)
  return 0
}

const fail = (message: string): never => { throw new UsageError(message) }
const day = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
