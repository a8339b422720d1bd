/**
 * The layout in the root document: map `layout`, one value per `<peer id>/<field>` so that both sides of a cut keep what they changed;
 * map `layouts`, one value per layout id; map `confirmed`, one set of partitions per peer id, of the layout it names.
 */
import type * as Y from 'yjs'
import type { PeerId } from '#protocols/ids.ts'
import type { LayoutEntry } from '../network/layout.ts'
import { type LayoutHistory, type LayoutVersion, MAX_LAYOUT_VERSIONS, placedNodes, transitionOf, versionOf } from '../placement/layout-version.ts'
import { hexOfPartitions, partitionsOfHex } from '../placement/partition-set.ts'
import type { PlacementNode } from '../placement/placement.ts'

export const LAYOUT = 'layout'
export const LAYOUTS = 'layouts'
export const CONFIRMED = 'confirmed'

type Fields = Record<string, unknown>
type Check = (value: unknown) => boolean

const isText: Check = (value) => typeof value === 'string'
const isTime: Check = (value) => Number.isFinite(value)
const isWeight: Check = (value) => Number.isFinite(value) && Number(value) > 0

const FIELDS: Readonly<Record<Exclude<keyof LayoutEntry, 'peerId'>, Check>> = {
  name: isText, zone: isText, weight: isWeight, joinedAtMs: isTime,
  state: (value) => ['active', 'draining', 'gone'].includes(value as string),
  addresses: (value) => Array.isArray(value) && value.every(isText)
}
const FIELD_NAMES = Object.keys(FIELDS) as Array<keyof typeof FIELDS>

/** Entries by peer id; one that lacks a field, or has a wrong one, is left out. */
export function readLayout(doc: Y.Doc): LayoutEntry[] {
  const found = new Map<string, Fields>()
  for (const [key, value] of doc.getMap<unknown>(LAYOUT)) {
    const { id, rest: field } = parted(key)
    const check = Object.hasOwn(FIELDS, field) ? FIELDS[field as keyof typeof FIELDS] : undefined
    if (check?.(value) === true) found.set(id, { ...found.get(id), [field]: value })
  }
  return [...found].filter(([, fields]) => FIELD_NAMES.every((field) => field in fields)).sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([peerId, fields]) => ({ peerId, ...fields }) as unknown as LayoutEntry)
}

/**
 * Inside a transaction: only the fields that changed. Where that moves the ownership of anything, the layout before and the one
 * after are written down in the same transaction, so nobody can learn of the change without them.
 */
export function writeLayout(doc: Y.Doc, entry: LayoutEntry): void {
  const before = transitionOf(placedNodes(readLayout(doc)), readHistory(doc).versions)
  const fields = doc.getMap<unknown>(LAYOUT)
  for (const field of FIELD_NAMES) {
    const key = `${entry.peerId}/${field}`
    if (JSON.stringify(fields.get(key)) !== JSON.stringify(entry[field])) fields.set(key, structuredClone(entry[field]))
  }
  const nodes = placedNodes(readLayout(doc))
  if (versionOf(before.current.version, nodes).id === before.current.id) return
  if (before.current.nodes.length > 0) recordLayout(doc, before.current)
  recordLayout(doc, transitionOf(nodes, readHistory(doc).versions).current)
}

/** Layouts another member wrote wrongly are left out: an id says what is in it. */
export function readHistory(doc: Y.Doc): LayoutHistory {
  const versions = [...doc.getMap<unknown>(LAYOUTS)].flatMap(([id, value]) => versionIn(id, value) ?? [])
  versions.sort((one, other) => one.version - other.version || (one.id < other.id ? -1 : 1))
  const confirmed = new Map<string, Map<PeerId, ReadonlySet<number>>>()
  for (const [peer, value] of doc.getMap<unknown>(CONFIRMED)) {
    const { layout, partitions } = fieldsOf(value)
    const said = partitionsOfHex(partitions)
    if (typeof layout === 'string' && said !== undefined) confirmed.set(layout, (confirmed.get(layout) ?? new Map()).set(peer as PeerId, said))
  }
  return { versions: versions.slice(-MAX_LAYOUT_VERSIONS), confirmed }
}

/** Inside a transaction. */
export function recordLayout(doc: Y.Doc, { id, version, nodes }: LayoutVersion): void {
  const layouts = doc.getMap<unknown>(LAYOUTS)
  if (!layouts.has(id)) layouts.set(id, { version, nodes: nodes.map(({ peerId, zone, weight }) => ({ peerId, zone, weight })) })
}

/** Inside a transaction: added to what the node said of this layout before; what it said of others is forgotten. */
export function confirmPartitions(doc: Y.Doc, layout: string, peer: PeerId, partitions: Iterable<number>): void {
  const confirmed = doc.getMap<unknown>(CONFIRMED)
  const before = fieldsOf(confirmed.get(peer))
  const said = before['layout'] === layout ? partitionsOfHex(before['partitions']) ?? [] : []
  const hex = hexOfPartitions([...said, ...partitions])
  if (before['layout'] !== layout || before['partitions'] !== hex) confirmed.set(peer, { layout, partitions: hex })
}

/** Inside a transaction: every layout but `keep` is forgotten. */
export function retireLayouts(doc: Y.Doc, keep: LayoutVersion): void {
  recordLayout(doc, keep)
  const layouts = doc.getMap<unknown>(LAYOUTS)
  for (const id of layouts.keys()) if (id !== keep.id) layouts.delete(id)
}

function versionIn(id: string, value: unknown): LayoutVersion | undefined {
  const { version, nodes } = fieldsOf(value)
  if (!Number.isSafeInteger(version) || Number(version) < 1 || !Array.isArray(nodes) || !nodes.every(isNode)) return undefined
  const read = versionOf(Number(version), nodes)
  return read.id === id ? read : undefined
}

function isNode(value: unknown): value is PlacementNode {
  const { peerId, zone, weight } = fieldsOf(value)
  return isText(peerId) && isText(zone) && isWeight(weight)
}

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? value : {}) as Fields

/** `<id>/<rest>`; an id has no slash. */
function parted(key: string): { id: string; rest: string } {
  const at = key.indexOf('/')
  return at < 0 ? { id: key, rest: '' } : { id: key.slice(0, at), rest: key.slice(at + 1) }
}
