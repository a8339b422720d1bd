import { awarenessCodec, awarenessTopic, type Here, MAX_PEOPLE_TOLD } from '#protocols/awareness.ts'
import type { PersonHere } from '#protocols/http.ts'
import type { PeerId } from '#protocols/ids.ts'
import type { Ring } from '#ring'
import { emitter, type Signal } from '#ring/base/emitter.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Person } from './person.ts'

/** Changes within this time are told at once, in ms. @default 150 */
export const TELL_AFTER_MS = 150
/** How often other nodes are told anew, in ms. @default 8000 */
export const TELL_EVERY_MS = 8_000
/** What another node said holds so long, in ms. @default 25000 */
export const HOLDS_MS = 25_000
/** Longest name somebody may give themselves where nobody signs in, in characters. @default 40 */
export const MAX_NAME = 40

const SESSION = /^[A-Za-z0-9-]{8,40}$/
const ASSET = /^(?:[0-9a-f]{64})?$/
const EDITING = /^[\w: -]{0,60}$/

/** Who looks at what, and types where: told from node to node, never stored. */
export interface Awareness extends Startable {
  /** An open page said something. What makes no sense is passed over. */
  heard(page: object, who: Person, text: string): void
  /** It was closed. */
  left(page: object): void
  people(): PersonHere[]
  readonly changed: Signal<PersonHere[]>
}

export interface AwarenessComponents {
  ring: Pick<Ring, 'id' | 'name' | 'self'> & { readonly network: Pick<Ring['network'], 'publish' | 'subscribe'>; readonly membership: Pick<Ring['membership'], 'members'> }
}

export function createAwareness({ ring }: AwarenessComponents): Awareness {
  const pages = new Map<object, Here>()
  const others = new Map<PeerId, { people: Here[]; atMs: number }>()
  const changed = emitter<PersonHere[]>()
  let soon: NodeJS.Timeout | undefined
  let timer: NodeJS.Timeout | undefined
  let told = ''
  let wasTold = 0

  function people(): PersonHere[] {
    const nameOf = new Map(ring.membership.members().map(({ peerId, name }) => [peerId, name]))
    const here = [...pages.values()].map((one) => view(one, ring.name))
    return [...here, ...[...others].flatMap(([peer, told]) => told.people.map((one) => view(one, nameOf.get(peer) ?? peer)))]
  }

  function announce(): void {
    const now = JSON.stringify(people())
    if (now === told) return
    told = now
    changed.emit(people())
  }

  function tell(): void {
    const list = [...pages.values()].slice(0, MAX_PEOPLE_TOLD)
    if (list.length === 0 && wasTold === 0) return
    wasTold = list.length
    ring.network.publish(awarenessTopic(ring.id), awarenessCodec.encode({ people: list })).catch(() => {}) // a hint: the next one comes
  }

  function later(): void {
    soon ??= setTimeout(() => {
      soon = undefined
      announce()
      tell()
    }, TELL_AFTER_MS).unref()
  }

  function hearNode(bytes: Uint8Array, from: PeerId): void {
    if (from === ring.self) return
    try {
      const list = awarenessCodec.decode(bytes).people.filter((one) => SESSION.test(one.session) && ASSET.test(one.asset) && EDITING.test(one.editing))
      others.set(from, { people: list.slice(0, MAX_PEOPLE_TOLD).map((one) => ({ ...one, name: nameOf(one.name) })), atMs: performance.now() })
      announce()
    } catch {} // no message of this protocol: a hint is not worth more
  }

  function forgetSilent(): void {
    for (const [peer, { atMs }] of others) if (performance.now() - atMs > HOLDS_MS) others.delete(peer)
    announce()
    tell()
  }

  return {
    changed, people,
    heard(page, who, text) {
      const here = parse(text, who)
      if (here === undefined) return
      pages.set(page, here)
      later()
    },
    left(page) {
      if (pages.delete(page)) later()
    },
    start() {
      ring.network.subscribe(awarenessTopic(ring.id), hearNode)
      timer = setInterval(forgetSilent, TELL_EVERY_MS).unref()
    },
    stop() {
      clearInterval(timer)
      clearTimeout(soon)
    }
  }
}

const view = ({ session, name, asset, editing }: Here, node: string): PersonHere => ({ session, name, node, asset: asset === '' ? null : asset, editing })
const nameOf = (name: string): string => name.normalize('NFC').replace(/\p{Cc}|\p{Cf}/gu, '').trim().slice(0, MAX_NAME) || 'somebody'

/** Who signs in is called as they signed in; only where nobody does may a page say its person's name. */
function parse(text: string, who: Person): Here | undefined {
  try {
    const { type, session, name, asset, editing } = JSON.parse(text) as Record<string, unknown>
    if (type !== 'here' || typeof session !== 'string' || !SESSION.test(session)) return undefined
    if (typeof asset !== 'string' || !ASSET.test(asset) || typeof editing !== 'string' || !EDITING.test(editing)) return undefined
    return { session, asset, editing, name: nameOf(who.kind === 'local' && typeof name === 'string' && name !== '' ? name : who.name) }
  } catch {
    return undefined
  }
}
