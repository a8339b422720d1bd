/** `thatdam ring`: who belongs, and what people decide about that. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { MemberPlace, MemberRemoved, RingView } from '#protocols/http.ts'
import { CommandError, type NodeApi, nodeApi, NODE_FLAGS } from './api.ts'
import { type FlagValues, parseFlags, positive, UsageError } from './flags.ts'
import { bytes, clean, print, progress, table } from './output.ts'

/** How often a node that drains is asked how far it is, in ms. @default 1000 */
export const DRAIN_POLL_MS = 1_000

const FLAGS = { ...NODE_FLAGS, weight: { type: 'string' }, zone: { type: 'string' }, force: { type: 'boolean' } } as const
/** Which flags each verb takes beside those of every command. */
const VERBS: Readonly<Record<string, { readonly flags: readonly string[]; run(api: NodeApi, node: string, values: FlagValues): Promise<number> }>> = {
  drain: { flags: [], run: drain }, undrain: { flags: [], run: undrain }, remove: { flags: ['force'], run: remove }, set: { flags: ['weight', 'zone'], run: set }
}

/** `thatdam ring`, and `ring drain|undrain|remove|set NODE`. */
export async function runRing(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('ring', argv, FLAGS)
  const [word, node, ...more] = positionals
  const verb = word === undefined ? undefined : Object.hasOwn(VERBS, word) ? VERBS[word] : undefined
  if (word !== undefined && verb === undefined) throw new UsageError(`thatdam ring takes no argument "${clean(word)}": use ${Object.keys(VERBS).join(', ')} and a node, or nothing (thatdam help ring)`)
  for (const flag of ['weight', 'zone', 'force']) {
    if (values[flag] !== undefined && verb?.flags.includes(flag) !== true) throw new UsageError(`--${flag} does not belong to thatdam ring ${word ?? ''} (thatdam help ring)`.replace('  ', ' '))
  }
  if (verb === undefined) return show(values)
  if (node === undefined || more.length > 0) throw new UsageError(`say one node, by its name or peer id: thatdam ring ${word} NODE`)
  return verb.run(nodeApi(values), node, values)
}

async function show(values: FlagValues): Promise<number> {
  const ring = await nodeApi(values).get<RingView>('ring')
  if (values['json'] === true) return done(ring)
  print(`Ring ${ring.ringId.slice(0, 12)}: ${ring.health}${ring.reasons.length > 0 ? ` (${ring.reasons.join('; ')})` : ''}, ${ring.replicas === 1 ? 'one copy' : `${ring.replicas} copies`} of everything`)
  if (ring.layout.older.length > 0) print(movementOf(ring))
  return done(table(['NODE', 'STATE', 'ZONE', 'WEIGHT', 'PARTITIONS', 'USED', 'FREE', 'PAGE'], [
    ...ring.members.map((member) => [
      `${member.name}${member.self ? ' *' : ''}`, member.alive ? member.state : member.state === 'draining' ? 'silent, draining' : 'silent', member.zone, String(member.weight), String(member.partitions), bytes(member.usedBytes), bytes(member.freeBytes), member.http
    ]),
    ...ring.gone.map(({ name }) => [name, 'gone', '', '', '', '', '', ''])
  ]))
}

/** `layout 7 → 8: 214 of 256 partitions moved`. */
function movementOf({ layout: { version, older, moved, partitions } }: RingView): string {
  return `layout ${older[0] ?? version} → ${version}: ${moved} of ${partitions} partitions moved`
}

const path = (node: string): string => `ring/members/${encodeURIComponent(node)}`

async function drain(api: NodeApi, node: string, values: FlagValues): Promise<number> {
  const asked = await api.post<MemberPlace>(`${path(node)}/drain`, {})
  const left = asked.state === 'gone' ? asked : await untilGone(api, asked)
  return done(values['json'] === true ? left : `${left.name} has left the ring: others hold all it held. It can be stopped for good.`)
}

/** Whoever asks may go away: the node drains all the same. */
async function untilGone(api: NodeApi, asked: MemberPlace): Promise<MemberPlace> {
  const bar = progress()
  let said = ''
  try {
    for (;;) {
      const ring = await api.get<RingView>('ring')
      const member = ring.members.find(({ peerId }) => peerId === asked.peerId)
      if (member === undefined) return { ...asked, state: 'gone' }
      if (member.state === 'active') throw new CommandError(`${member.name} stays: somebody undid it (thatdam ring undrain)`)
      if (!member.alive) throw new CommandError(`${member.name} does not answer any more: it goes on when it is back; if it never comes back: thatdam ring remove ${member.name}`)
      const line = ring.layout.moved < ring.layout.partitions ? movementOf(ring) : `${movementOf(ring)}, ${member.name} looks at its last chunks`
      bar.set(ring.layout.moved, ring.layout.partitions, line)
      if (!process.stderr.isTTY && line !== said) process.stderr.write(`${line}\n`)
      said = line
      await sleep(DRAIN_POLL_MS)
    }
  } finally {
    bar.end()
  }
}

async function undrain(api: NodeApi, node: string, values: FlagValues): Promise<number> {
  const place = await api.post<MemberPlace>(`${path(node)}/undrain`, {})
  return done(values['json'] === true ? place : `${place.name} stays in the ring.`)
}

async function remove(api: NodeApi, node: string, values: FlagValues): Promise<number> {
  const removed = await api.delete<MemberRemoved>(`${path(node)}${values['force'] === true ? '?force=true' : ''}`)
  if (values['json'] === true) return done(removed)
  const loss = removed.lost === 0 ? 'Nothing of the library was only there.' : `${removed.lost} chunks of the library are on no node that answers: thatdam verify --all names them.`
  return done(`${removed.name} does not belong to the ring any more. ${loss}`)
}

async function set(api: NodeApi, node: string, values: FlagValues): Promise<number> {
  const { weight, zone } = values as { weight?: string; zone?: string }
  if (weight === undefined && zone === undefined) throw new UsageError('say what to set: --weight W or --zone Z')
  const place = await api.patch<MemberPlace>(path(node), { ...(weight === undefined ? {} : { weight: positive('weight', weight) }), ...(zone === undefined ? {} : { zone: zone.trim() }) })
  return done(values['json'] === true ? place : `${place.name}: weight ${place.weight}, ${place.zone === '' ? 'no zone' : `zone ${place.zone}`}. Data moves accordingly: thatdam ring shows how far it is.`)
}

function done(answer: string | object): number {
  print(typeof answer === 'string' ? clean(answer.replaceAll('\n', '\u2028')).replaceAll('\u2028', '\n') : JSON.stringify(answer))
  return 0
}
