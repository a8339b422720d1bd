/**
 * The ring's key can be changed. Each change is an entry of the catalog's root document: the new public key, the one it follows, and the roll
 * of members taken over, signed by the node that made it. The seed never is in the catalog.
 */
import type { PeerId, RingId } from '#protocols/ids.ts'
import { certificateCodec } from '#protocols/join.ts'
import { isCertifiedBy } from './certificate.ts'
import { isSignedBy, keyOfPeer, ringIdOf, signWith } from './ring-key.ts'

/** One change of the ring's key. Keys, certificate and signature are hex. */
export interface KeyGeneration {
  /** The new public key. */
  readonly ringKey: string
  /** The public key it follows. */
  readonly previous: string
  /** The node that made it. */
  readonly author: PeerId
  /** The author's certificate by the previous key; empty when the previous roll names the author. */
  readonly certificate: string
  /** Who goes on being a member without asking: the rest of the old key's certificates are worth nothing. */
  readonly members: Readonly<Record<PeerId, 'node' | 'peer'>>
  /** Nodes that were removed when it was made, and so never had it. */
  readonly removed: readonly PeerId[]
  readonly createdAtMs: number
  /** By the author's own key. */
  readonly signature: string
}

/** Which key the ring has now. */
export interface SettledKey {
  /** Public key, hex. */
  readonly ringKey: string
  /** How often the key was changed before it came to this one; 0 for the first. */
  readonly generation: number
  /** What made it the key; undefined for the first. */
  readonly entry: KeyGeneration | undefined
}

export interface KeyQuestion {
  readonly ringId: RingId
  /** The public key (hex) this machine went by last: siblings made by who was no member then do not move it. */
  readonly pinned: string
  readonly generations: readonly KeyGeneration[]
  readonly isRevoked: (peer: PeerId) => boolean
}

const CONTEXT = 'thatdam-key-1'
const bytesOf = (hex: string): Uint8Array => Buffer.from(hex, 'hex')

/** Complete a change with the author's signature. */
export function signGeneration(authorSeed: Uint8Array, claims: Omit<KeyGeneration, 'signature'>): KeyGeneration {
  return { ...claims, signature: Buffer.from(signWith(authorSeed, CONTEXT, textOf(claims))).toString('hex') }
}

/**
 * Follow the changes from the ring's first key to the one of now. The same entries give the same key on every node: of several changes of one key
 * the one with the lowest public key counts, and none whose author was removed unless a member built on it.
 */
export function settleKey({ ringId, pinned, generations, isRevoked }: KeyQuestion): SettledKey {
  const sound = generations.filter(isSignedByAuthor)
  const pinnedPath = pathTo(pinned, sound)
  const children = (key: string): KeyGeneration[] => sound.filter((entry) => entry.previous === key)
  const first = [pinned, ...sound.map(({ previous }) => previous)].find((key) => ringIdOf(bytesOf(key)) === ringId)
  if (first === undefined) return { ringKey: pinned, generation: 0, entry: undefined } // the root document is not here yet
  let at: SettledKey = { ringKey: first, generation: 0, entry: undefined }
  for (let left = sound.length; left > 0; left--) {
    const next = choose(children(at.ringKey).filter((entry) => isMemberOf(at, ringId, entry)))
    if (next === undefined) break
    at = { ringKey: next.ringKey, generation: at.generation + 1, entry: next }
  }
  return at.ringKey !== pinned && pinnedPath === undefined && pinned !== first ? { ringKey: pinned, generation: 0, entry: undefined } : at

  function choose(candidates: readonly KeyGeneration[]): KeyGeneration | undefined {
    const known = candidates.find(({ ringKey }) => pinnedPath?.has(ringKey))
    const trusted = candidates.filter((entry) => isTrusted(entry, new Set()))
    if (known === undefined || !trusted.includes(known)) return lowest(trusted) ?? known
    return lowest(trusted.filter((entry) => entry === known || known.members[entry.author] === 'node'))
  }

  function isTrusted(entry: KeyGeneration, seen: Set<string>): boolean {
    if (seen.has(entry.ringKey)) return false
    seen.add(entry.ringKey)
    return !isRevoked(entry.author) || children(entry.ringKey).some((child) => isTrusted(child, seen))
  }
}

/** The role of a machine that the change of key took over. */
export function roleIn({ entry }: SettledKey, peer: PeerId): 'node' | 'peer' | undefined {
  return entry !== undefined && Object.hasOwn(entry.members, peer) ? entry.members[peer] : undefined
}

function pathTo(key: string, generations: readonly KeyGeneration[]): Set<string> | undefined {
  const path = new Set<string>()
  for (let entry = generations.find(({ ringKey }) => ringKey === key); entry !== undefined && !path.has(entry.ringKey);) {
    path.add(entry.ringKey)
    const { previous } = entry
    entry = generations.find(({ ringKey }) => ringKey === previous)
  }
  return path.size > 0 ? path : undefined
}

const lowest = (entries: readonly KeyGeneration[]): KeyGeneration | undefined => entries.toSorted((a, b) => (a.ringKey < b.ringKey ? -1 : 1))[0]

/** Whether the author was a node of the ring under the key that the change follows. */
function isMemberOf(at: SettledKey, ringId: RingId, { author, certificate }: KeyGeneration): boolean {
  if (roleIn(at, author) === 'node') return true
  try {
    const shown = certificateCodec.decode(bytesOf(certificate))
    return shown.ringId === ringId && shown.peerId === author && shown.role === 'node' && isCertifiedBy(bytesOf(at.ringKey), shown)
  } catch {
    return false
  }
}

const checkedSignatures = new WeakMap<KeyGeneration, boolean>()

function isSignedByAuthor(entry: KeyGeneration): boolean {
  let isSigned = checkedSignatures.get(entry)
  if (isSigned === undefined) {
    const key = keyOfPeer(entry.author)
    isSigned = key !== undefined && isSignedBy(key, CONTEXT, textOf(entry), bytesOf(entry.signature))
    checkedSignatures.set(entry, isSigned)
  }
  return isSigned
}

function textOf({ ringKey, previous, author, certificate, members, removed, createdAtMs }: Omit<KeyGeneration, 'signature'>): Uint8Array {
  const roll = Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1))
  return Buffer.from(JSON.stringify([ringKey, previous, author, certificate, roll, [...removed].sort(), createdAtMs]))
}
