/** Whether a card may be formatted, from where its chunks are now. */
import type { SafeRule, SafeView } from '#protocols/http.ts'
import type { ChunkId, PeerId } from '#protocols/ids.ts'
import { chunksUnder, type Member, type Ring } from '#ring'
import type { AbortOptions } from '#ring/base/lifecycle.ts'
import { hasBit, type Receipt, RECEIPT_BATCH } from './receipt.ts'
import type { RollList } from '../rolls/roll-list.ts'

/** How the copies of a file are: what is true of its worst chunk. */
export interface FileCopies {
  /** Live nodes that hold it now and have read it back, and their zones: of the chunk that has the fewest. */
  nodes: number
  zones: number
  /** Live nodes that hold all of it, read back; undefined until a chunk was looked at. */
  whole: Set<PeerId> | undefined
  /** Nodes that read some of it back and do not answer now. */
  readonly silent: Set<PeerId>
  /** Nodes that read some of it back and do not hold it any more. */
  readonly vanished: Set<PeerId>
  /** Live nodes that hold some of it and have not read it back. */
  readonly unread: Set<PeerId>
}

export interface SafeInit extends AbortOptions {
  readonly rule: SafeRule
  /** What else speaks against it, a sentence each. */
  readonly obstacles: readonly string[]
  readonly nowMs: number
}

type SafeRing = Pick<Ring, 'chunks' | 'holdersOf' | 'membership'>
interface Numbered { readonly at: number; readonly id: ChunkId; readonly copies: FileCopies }

const newCopies = (): FileCopies => ({ nodes: Number.POSITIVE_INFINITY, zones: Number.POSITIVE_INFINITY, whole: undefined, silent: new Set(), vanished: new Set(), unread: new Set() })

/** Asks every node about every chunk of the roll. Nothing is read from disks: that was done before, and the receipt says by whom. */
export async function lookWhetherSafe(ring: SafeRing, manifest: ChunkId, list: RollList, receipt: Receipt | undefined, init: SafeInit): Promise<SafeView> {
  const members = ring.membership.members().filter(({ state }) => state !== 'gone')
  const files = [...list.files.values()].map((file) => ({ blob: file.blob, copies: newCopies() }))
  const lists = { copies: newCopies() } // the list and the history: without them the roll is not whole
  let batch: Numbered[] = []
  const ask = async (): Promise<void> => {
    const held = new Map((await ring.holdersOf(batch.map(({ id }) => id), { signal: init.signal })).map(({ peerId, held }) => [peerId, held]))
    for (const [i, numbered] of batch.entries()) judge(numbered, members, (peer) => held.get(peer)?.[i], receipt?.manifest === manifest ? receipt : undefined)
    batch = []
  }
  for await (const each of numbered(ring, manifest, list, files, lists, init)) {
    batch.push(each)
    if (batch.length >= RECEIPT_BATCH) await ask()
  }
  await ask()
  return viewOf(files.map(({ blob, copies }) => blob === null ? { ...copies, nodes: 0, zones: 0 } : copies), lists.copies, members, init)
}

/** In the order in which a receipt numbers them. */
async function* numbered(ring: SafeRing, manifest: ChunkId, { mhl }: RollList, files: ReadonlyArray<{ blob: ChunkId | null; copies: FileCopies }>, lists: { copies: FileCopies }, { signal }: AbortOptions): AsyncGenerator<Numbered> {
  const under = (id: ChunkId) => chunksUnder({ kind: 'blob', id }, (chunk) => ring.chunks.get(chunk, { signal }))
  const blobs = [{ blob: manifest, ...lists }, ...files, ...mhl.map(({ blob }) => ({ blob, ...lists }))]
  let at = 0
  for (const { blob, copies } of blobs) if (blob !== null) for await (const { id } of under(blob)) yield { at: at++, id, copies }
}

function judge({ at, copies }: Numbered, members: readonly Member[], heldBy: (peer: PeerId) => boolean | undefined, receipt: Receipt | undefined): void {
  const good: Member[] = []
  for (const member of members) {
    const { peerId } = member
    const isRead = hasBit(receipt?.nodes.get(peerId)?.bits ?? NONE, at)
    const held = member.alive ? heldBy(peerId) : undefined
    if (held === true && isRead) good.push(member)
    else if (held === true) copies.unread.add(peerId)
    else if (isRead) (held === undefined ? copies.silent : copies.vanished).add(peerId)
  }
  copies.nodes = Math.min(copies.nodes, good.length)
  copies.zones = Math.min(copies.zones, new Set(good.map(({ zone }) => zone)).size)
  const all = new Set(good.map(({ peerId }) => peerId))
  copies.whole = copies.whole === undefined ? all : new Set([...copies.whole].filter((peer) => all.has(peer)))
}

const NONE = new Uint8Array()

/** Pure. */
export function viewOf(files: readonly FileCopies[], lists: FileCopies, members: readonly Member[], { rule, obstacles, nowMs }: SafeInit): SafeView {
  const short = files.filter((copies) => !isEnough(copies, rule))
  const reasons = [...obstacles, ...reasonsOf(short, files.length, members, rule), ...short.length === 0 && !isEnough(lists, rule) ? [`the list of its files is not verified on ${rule.nodes} nodes in ${rule.zones} zones yet`] : []]
  return {
    safe: files.length > 0 && reasons.length === 0, rule: { ...rule }, files: files.length, safeFiles: files.length - short.length, reasons: files.length === 0 && reasons.length === 0 ? ['none of its files is in the ring yet'] : reasons,
    nodes: members.map(({ peerId, name, zone, alive }) => ({ node: name, zone, alive, files: files.filter(({ whole }) => whole?.has(peerId)).length })), checkedMs: nowMs
  }
}

const isEnough = ({ nodes, zones }: FileCopies, rule: SafeRule): boolean => nodes >= rule.nodes && zones >= rule.zones

/** One sentence for all files that are short in the same way: `3 of 214 files have one verified copy: node birch is silent`. */
function reasonsOf(short: readonly FileCopies[], total: number, members: readonly Member[], rule: SafeRule): string[] {
  const name = (peer: PeerId): string => members.find(({ peerId }) => peerId === peer)?.name ?? peer
  const groups = Map.groupBy(short, ({ nodes, zones, silent, vanished, unread }) => `${lack(nodes, zones, rule)}${cause(nodes, zones, [...silent].map(name), [...vanished].map(name), [...unread].map(name), members, rule)}`)
  return [...groups].map(([why, { length }]) => `${length} of ${total} ${total === 1 ? 'file' : 'files'} ${length === 1 ? 'has' : 'have'} ${why}`)
}

function lack(nodes: number, zones: number, rule: SafeRule): string {
  if (nodes < rule.nodes) return nodes === 0 ? 'no verified copy' : nodes === 1 ? 'one verified copy' : `${nodes} verified copies`
  return `${nodes} verified copies in ${zones === 1 ? 'one zone' : `${zones} zones`}`
}

function cause(nodes: number, zones: number, silent: readonly string[], vanished: readonly string[], unread: readonly string[], members: readonly Member[], rule: SafeRule): string {
  const live = members.filter(({ alive }) => alive)
  if (silent.length > 0) return `: ${nodesNamed(silent)} silent`
  if (vanished.length > 0) return `: ${list(vanished)} ${vanished.length === 1 ? 'does' : 'do'} not hold all of it any more`
  if (unread.length > 0) return `: ${list(unread)} ${unread.length === 1 ? 'has' : 'have'} not read it back yet`
  if (live.length < rule.nodes) return `: only ${live.length === 1 ? 'one node lives' : `${live.length} nodes live`}, and the rule asks for ${rule.nodes}`
  if (nodes >= rule.nodes && zones < rule.zones && new Set(live.map(({ zone }) => zone)).size < rule.zones) return `: give the nodes zones (thatdam ring set NODE --zone Z), the rule asks for ${rule.zones}`
  return ': copies are being made'
}

const list = (names: readonly string[]): string => names.toSorted().join(' and ')
const nodesNamed = (names: readonly string[]): string => `${names.length === 1 ? 'node' : 'nodes'} ${list(names)} ${names.length === 1 ? 'is' : 'are'}`
