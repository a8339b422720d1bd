import { createHash } from 'node:crypto'
import type { PeerId } from '#protocols/ids.ts'
import type { Signal } from '../base/emitter.ts'
import type { LayoutEntry } from '../network/layout.ts'
import { placementKey } from './layout-table.ts'
import type { PlacementNode } from './placement.ts'

/** One layout the ring has had: who owned what by it. Never changes once it is written. */
export interface LayoutVersion {
  /** `<version>-<16 hex digits of SHA-256 of its nodes>`: the two sides of a cut may take the same number, never the same id for different nodes. */
  readonly id: string
  /** 1 and up. */
  readonly version: number
  readonly nodes: readonly PlacementNode[]
}

/** What the root document keeps of layouts that are not retired. */
export interface LayoutHistory {
  /** By version, then id. The newest one may be missing: what two sides of a cut add up to is written by nobody. */
  readonly versions: readonly LayoutVersion[]
  /** By layout id: the partitions of which a node said that it holds all that the owners of older layouts hold. */
  readonly confirmed: ReadonlyMap<string, ReadonlyMap<PeerId, ReadonlySet<number>>>
}

/** A history in which nothing happened yet. */
export const NO_HISTORY: LayoutHistory = { versions: [], confirmed: new Map() }

/** Where the history is kept: beside the layout, in the root document. Reads are from memory; a write resolves when it is durable. */
export interface LayoutHistoryStore {
  layoutHistory(): LayoutHistory
  /** Write a layout down that came about by merging. */
  recordLayout(layout: LayoutVersion): Promise<void>
  /** This node holds all that the owners of older layouts hold of these partitions. */
  confirmPartitions(layout: string, partitions: Iterable<number>): Promise<void>
  /** Everything is where this layout wants it: forget the others. */
  retireLayouts(keep: LayoutVersion): Promise<void>
  readonly historyChanged: Signal<void>
}

/** Layouts that are read from the document at most, the newest. @default 64 */
export const MAX_LAYOUT_VERSIONS = 64

/** The layout of this moment beside those whose data is still on its way to it. */
export interface Transition {
  readonly current: LayoutVersion
  /** False when nobody has written the current one down yet. */
  readonly isRecorded: boolean
  /** Oldest first; empty when the ring is at rest. */
  readonly older: readonly LayoutVersion[]
}

/** The layout of this number with these nodes, in the order of their ids. */
export function versionOf(version: number, nodes: readonly PlacementNode[]): LayoutVersion {
  const sorted = nodes.map(({ peerId, zone, weight }) => ({ peerId, zone, weight })).sort((one, other) => (one.peerId < other.peerId ? -1 : 1))
  return { id: `${version}-${createHash('sha256').update(placementKey(sorted)).digest('hex').slice(0, 16)}`, version, nodes: sorted }
}

/** Who owns by these entries: the active nodes; when all that are left are on their way out, those. */
export function placedNodes(entries: readonly LayoutEntry[]): PlacementNode[] {
  const active = entries.filter(({ state }) => state === 'active')
  return active.length > 0 ? active : entries.filter(({ state }) => state === 'draining')
}

/**
 * Which layout is the current one, by what the documents say. The entries decide, not the history: after a cut they merge
 * field by field into something that perhaps nobody wrote, and that is then the next version, the same one for every reader.
 */
export function transitionOf(nodes: readonly PlacementNode[], versions: readonly LayoutVersion[]): Transition {
  const newest = versions.reduce((most, { version }) => Math.max(most, version), 0)
  const isSame = versionOf(newest, nodes).id
  const recorded = versions.find(({ id }) => id === isSame)
  const current = recorded ?? versionOf(newest + 1, nodes)
  return { current, isRecorded: recorded !== undefined, older: versions.filter(({ id, nodes: { length } }) => id !== current.id && length > 0) }
}

/** How far the data has come. */
export interface LayoutProgress {
  /** Partitions whose current owners all have what older owners hold; 256 when the ring is at rest. */
  readonly moved: number
  /** Nothing is on its way any more and nobody is leaving: older layouts may be forgotten. */
  readonly isComplete: boolean
}
