/** `thatdam ring …`: look at the ring, and decide who is of it. */
import type { KeyView, MachineList, MachineView, RingView } from '#protocols/http.ts'
import { nodeApi, NODE_FLAGS } from './api.ts'
import { type FlagValues, parseFlags, text, UsageError } from './flags.ts'
import { bytes, clean, print, table } from './output.ts'
import { movementOf, PLACE_FLAGS, PLACE_VERBS } from './place-commands.ts'

type Verb = (values: FlagValues, words: readonly string[]) => Promise<void>

const VERBS: Readonly<Record<string, Verb>> = { members, revoke, 'rotate-key': rotateKey, ...PLACE_VERBS }
const FLAGS = { ...NODE_FLAGS, ...PLACE_FLAGS, reason: { type: 'string' } } as const
/** The verb that a flag goes with. */
const VERB_OF: Readonly<Record<string, string>> = { reason: 'revoke', weight: 'set', zone: 'set', force: 'remove' }

/** `thatdam ring`, and its verbs. */
export async function runRing(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('ring', argv, FLAGS)
  const [verb, ...words] = positionals
  const run = verb === undefined ? show : Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined
  if (run === undefined) throw new UsageError(`there is no thatdam ring ${verb}: use ${Object.keys(VERBS).join(', ')}, or nothing (thatdam help ring)`)
  for (const [flag, goesWith] of Object.entries(VERB_OF)) if (values[flag] !== undefined && verb !== goesWith) throw new UsageError(`--${flag} goes with thatdam ring ${goesWith}`)
  if ((verb === 'members' || verb === 'rotate-key') && words.length > 0) throw new UsageError(`"${words[0]}" is too much (thatdam help ring)`)
  await run(values, words)
  return 0
}

async function show(values: FlagValues): Promise<void> {
  const ring = await nodeApi(values).get<RingView>('ring')
  if (values['json'] === true) return print(JSON.stringify(ring))
  print(`Ring ${ring.ringId.slice(0, 12)}: ${ring.health}${ring.reasons.length > 0 ? ` (${ring.reasons.join('; ')})` : ''}, ${ring.replicas === 1 ? 'one copy' : `${ring.replicas} copies`} of everything`)
  if (ring.layout.older.length > 0) print(movementOf(ring))
  print(table(['NODE', 'STATE', 'ZONE', 'WEIGHT', 'PARTITIONS', 'USED', 'FREE', 'DISK', 'PAGE'], [...ring.members.map((member) => [
    `${member.name}${member.self ? ' *' : ''}`, member.alive ? member.state : member.state === 'draining' ? 'silent, draining' : 'silent', member.zone, String(member.weight), String(member.partitions), bytes(member.usedBytes), bytes(member.freeBytes), member.alive ? member.disk : '', member.http
  ]), ...ring.gone.map(({ name }) => [name, 'gone', '', '', '', '', '', ''])]))
}

async function members(values: FlagValues): Promise<void> {
  const list = await nodeApi(values).get<MachineList>('ring/machines')
  if (values['json'] === true) return print(JSON.stringify(list))
  print(table(['NAME', 'ROLE', 'SINCE', 'REMOVED', 'PEER ID'], list.machines.map(({ name, role, joinedAtMs, revoked, peerId }) => [
    name, role, day(joinedAtMs), revoked === null ? '' : [day(revoked.atMs), revoked.by === '' ? '' : `on ${revoked.by}`, revoked.reason].filter((part) => part !== '').join(', '), peerId
  ])))
}

async function revoke(values: FlagValues, words: readonly string[]): Promise<void> {
  const [member] = words
  if (member === undefined || words.length > 1) throw new UsageError('say which one: thatdam ring revoke NAME, or its peer id (thatdam ring members shows both)')
  const reason = text(values, 'reason')
  const machine = await nodeApi(values).post<MachineView>('ring/revoke', { member, ...(reason === undefined ? {} : { reason }) })
  if (values['json'] === true) return print(JSON.stringify(machine))
  print(`${clean(machine.name)} (${machine.peerId}) is removed from the ring.${machine.role === 'node' ? " The ring's key was changed: invites printed before are dead." : ''}`)
}

async function rotateKey(values: FlagValues): Promise<void> {
  const key = await nodeApi(values).post<KeyView>('ring/rotate-key', {})
  if (values['json'] === true) return print(JSON.stringify(key))
  print(`The ring has a new key, its ${key.generation + 1}. Members take it over by themselves; invites printed before are dead.`)
}

const day = (ms: number): string => (ms > 0 ? new Date(ms).toISOString().slice(0, 16).replace('T', ' ') : '')
