/** `thatdam ring drain|undrain|remove|set NODE`: what people decide about a node's place. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { MemberPlace, MemberRemoved, RingView } from '#protocols/http.ts'
import { CommandError, type NodeApi, nodeApi } from './api.ts'
import { type FlagValues, positive, UsageError } from './flags.ts'
import { clean, print, progress } from './output.ts'

/** How often a node that drains is asked how far it is, in ms. @default 1000 */
export const DRAIN_POLL_MS = 1_000

/** One node is said, by its name or the beginning of its peer id. */
const ofNode = (run: (values: FlagValues, node: string) => Promise<void>) => async (values: FlagValues, words: readonly string[]): Promise<void> => {
  const [node] = words
  if (node === undefined || words.length > 1) throw new UsageError('say one NODE, by its name or peer id (thatdam help ring)')
  await run(values, node)
}

/** Flags of these verbs, and which takes which. */
export const PLACE_FLAGS = { weight: { type: 'string' }, zone: { type: 'string' }, force: { type: 'boolean' } } as const
export const PLACE_VERBS = { drain: ofNode(drain), undrain: ofNode(undrain), remove: ofNode(remove), set: ofNode(set) } as const

/** `layout 7 → 8: 214 of 256 partitions moved`. */
export function movementOf({ layout: { version, older, moved, partitions } }: RingView): string {
  return `layout ${older[0] ?? version} → ${version}: ${moved} of ${partitions} partitions moved`
}

const path = (node: string): string => `ring/members/${encodeURIComponent(node)}`

async function drain(values: FlagValues, node: string): Promise<void> {
  const api = nodeApi(values)
  const asked = await api.post<MemberPlace>(`${path(node)}/drain`, {})
  const left = asked.state === 'gone' ? asked : await untilGone(api, asked)
  done(values['json'] === true ? left : `${left.name} has left the ring: others hold all it held. It can be stopped for good.`)
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

async function undrain(values: FlagValues, node: string): Promise<void> {
  const place = await nodeApi(values).post<MemberPlace>(`${path(node)}/undrain`, {})
  done(values['json'] === true ? place : `${place.name} stays in the ring.`)
}

async function remove(values: FlagValues, node: string): Promise<void> {
  const removed = await nodeApi(values).delete<MemberRemoved>(`${path(node)}${values['force'] === true ? '?force=true' : ''}`)
  if (values['json'] === true) return done(removed)
  const loss = removed.lost === 0 ? 'Nothing of the library was only there.' : `${removed.lost} chunks of the library are on no node that answers: thatdam verify --all names them.`
  done(`${removed.name} does not belong to the ring any more. ${loss}`)
}

async function set(values: FlagValues, node: string): Promise<void> {
  const { weight, zone } = values as { weight?: string; zone?: string }
  if (weight === undefined && zone === undefined) throw new UsageError('say what to set: --weight W or --zone Z')
  const place = await nodeApi(values).patch<MemberPlace>(path(node), { ...(weight === undefined ? {} : { weight: positive('weight', weight) }), ...(zone === undefined ? {} : { zone: zone.trim() }) })
  done(values['json'] === true ? place : `${place.name}: weight ${place.weight}, ${place.zone === '' ? 'no zone' : `zone ${place.zone}`}. Data moves accordingly: thatdam ring shows how far it is.`)
}

function done(answer: string | object): void {
  print(typeof answer === 'string' ? clean(answer) : JSON.stringify(answer))
}
