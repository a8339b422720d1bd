/** What a bare machine becomes. Pure: what is known, and the decision. */
export interface Surroundings {
  /** This data folder is a node of a ring already. */
  readonly isNode: boolean
  /** Role of the invite that was given. */
  readonly invite: 'node' | 'peer' | undefined
  /** Why what lies where an invite is looked for can not be used; undefined when nothing does. */
  readonly unread?: string | undefined
  /** Cameras this machine has: given by name, or found. */
  readonly cameras: number
  /** Why others that are plugged in can not be used. */
  readonly refused?: readonly string[]
  readonly freeBytes: number
  /** Rings noticed so far, even those that are silent now. */
  readonly rings: readonly SeenRing[]
  /** Machines that look for a ring at this moment, too. */
  readonly rivals: readonly string[]
  /** This machine's own sign among them. */
  readonly self: string
  /** How long has been looked for a ring, in ms. */
  readonly waitedMs: number
}

/** A ring that was noticed. */
export interface SeenRing {
  /** What is known of its id; '' for a node of which only its address is known. */
  readonly ring: string
  /** Where it was noticed, for people. */
  readonly at: string
  /** How: `mDNS`, `--bootstrap`, `serf` or `tailscale`. */
  readonly via: string
}

export type Decision =
  /** `invite`: enter by it; otherwise go on, or found a ring in an empty folder. */
  | { readonly become: 'node'; readonly how: 'return' | 'join' | 'found' }
  | { readonly become: 'peer' }
  /** Nothing yet; `why` is for people, and what to do when something has to be done. */
  | { readonly become: 'nothing'; readonly why: string }

/** With no ring noticed for this long, one is founded, in ms: nodes call each other by mDNS every ten seconds. @default 15000 */
export const FOUND_AFTER_MS = 15_000
/** Below this a machine with cameras is taken for a camera peer, in bytes. @default 21474836480 */
export const LITTLE_DISK_BYTES = 20 * 1024 ** 3

/**
 * 1. A folder that is a node's stays one. 2. An invite decides: its role is the machine's; one that can not be read is waited for. 3. A ring that was noticed is not joined
 * without an invite, and none is founded beside it. 4. A machine with cameras and little disk founds none. 5. Of machines that look
 * at the same time the one with the least sign founds, the others wait for it. 6. Nobody noticed for a while: found.
 */
export function decide(now: Surroundings, foundAfterMs = FOUND_AFTER_MS): Decision {
  if (now.isNode) return { become: 'node', how: 'return' }
  if (now.invite === 'node') return { become: 'node', how: 'join' }
  if (now.invite === 'peer') return now.cameras > 0 ? { become: 'peer' } : nothing(`the invite is for a camera peer, and no camera ${now.refused?.length ? `here can be used (${now.refused.join('; ')})` : 'is here: plug one in'}, or add --camera NAME --source SOURCE`)
  if (now.unread !== undefined) return nothing(now.unread)
  const role = isCameraMachine(now) ? 'peer' : 'node'
  if (now.rings.length > 0) return nothing(`${ringsOf(now.rings)} here, and an invite is needed to enter: print one on a node of it with "thatdam invite ${role}", and start again with --join INVITE, or write it into the file "invite" of the data folder; another ring beside it is founded by "thatdam node"`)
  if (role === 'peer') return nothing('no ring is here, and this machine has cameras and little disk, so it founds none: start "thatdam auto" or "thatdam node" on a machine with a disk')
  if (now.waitedMs < foundAfterMs) return nothing('looking for a ring')
  if (now.rivals.some((rival) => rival < now.self)) return nothing('another machine looks for a ring, too, and founds one now: waiting for it')
  return { become: 'node', how: 'found' }
}

/** It would found a ring, if nobody else did: only such a machine says that it looks for one, or others would wait for what never comes. */
export function wouldFound(now: Surroundings): boolean {
  const decision = decide({ ...now, rivals: [], waitedMs: Infinity })
  return decision.become === 'node' && decision.how === 'found'
}

const nothing = (why: string): Decision => ({ become: 'nothing', why })

export const isCameraMachine = ({ cameras, freeBytes }: Pick<Surroundings, 'cameras' | 'freeBytes'>): boolean => cameras > 0 && freeBytes < LITTLE_DISK_BYTES

function ringsOf(rings: readonly SeenRing[]): string {
  const named = rings.slice(0, 3).map(({ ring, at, via }) => `${ring === '' ? 'a node' : `ring ${ring.slice(0, 12)}`} at ${at} (${via})`)
  return `${named.join(', ')}${rings.length > 3 ? ` and ${rings.length - 3} more` : ''} ${rings.length === 1 ? 'is' : 'are'}`
}

export interface Standing {
  readonly ringId: string
  /** Of the invite that lies in the data folder, when it is one for a node. */
  readonly invited: string | undefined
  /** Why its own ring is not empty; undefined: nothing would be left behind. */
  readonly whyKept: string | undefined
  /** Rings noticed around it, its own among them. */
  readonly rings: readonly SeenRing[]
}

/**
 * What a node does when its surroundings change. It leaves its ring only for another to which it was invited, and only when it is alone in an
 * empty one: nothing can be lost, and nobody waits for it. `why` is for people, and what to do.
 */
export function follow({ ringId, invited, whyKept, rings }: Standing): { readonly go: boolean; readonly why: string } {
  if (invited !== undefined && invited !== ringId) {
    if (whyKept === undefined) return { go: true, why: `This node is alone in an empty ring: it goes to ring ${invited.slice(0, 12)}, to which it is invited.` }
    return { go: false, why: `An invite to ring ${invited.slice(0, 12)} is in the data folder, but the ring of this node is not empty (${whyKept}): it stays. To go, start with another --data.` }
  }
  const others = rings.filter(({ ring }) => ring !== '' && !ringId.startsWith(ring))
  if (whyKept !== undefined || others.length === 0) return { go: false, why: '' }
  return { go: false, why: `${ringsOf(others)} here, and this node is alone in an empty one: to have it go there, print an invite on a node of it with "thatdam invite node", and write it into the file "invite" of the data folder` }
}
