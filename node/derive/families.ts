/** Files that belong together, told by how cameras name and mark them: the halves of a live photo, the pieces of one take. Pure. */
import { createHash } from 'node:crypto'
import type { Asset } from '#ring'

/** A member of a family; `span` is its place in a take: `2/3`. */
export interface Kin {
  readonly asset: Asset
  readonly span?: string
}

export interface Family {
  /** Id of the stack, the same whoever computes it. */
  readonly stack: string
  readonly kin: readonly Kin[]
}

/** A film beside a picture of the same name is its live half only when it is so short, in ms. @default 6000 */
export const LIVE_MS = 6_000
/** Cards end files near these sizes, in bytes: 2 and 4 GiB, and what cameras leave below. */
const LIMITS = [[1.85e9, 2.16e9], [3.7e9, 4.31e9]] as const
/** The next piece begins within so many ms of the end of the one before. @default 4000 */
export const SPAN_SLACK_MS = 4_000
/** Pieces of one take. @default 500 */
export const MAX_SPAN = 500

const nameOf = ({ facts, locations }: Asset): string => (locations[0]?.path ?? facts.name).split('/').at(-1) ?? facts.name
const stemOf = (name: string): string => name.replace(/\.\w+$/, '').toLowerCase()
const idOf = (...parts: string[]): string => createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 24)

/** A film that was just imported is looked at whatever its size: it may be the last piece of a take. In ms. @default 600000 */
export const JUST_IMPORTED_MS = 600_000

/** Whether looking for its family is worth it. */
export function mayHaveFamily(asset: Asset, nowMs: number): boolean {
  return asset.facts.probe.contentId !== undefined || LIVE_NAME.test(stemOf(nameOf(asset))) || mayHavePieces(asset, nowMs)
}

/** Whether its whole folder has to be read for that: halves of a live photo have one name. */
export function mayHavePieces(asset: Asset, nowMs: number): boolean {
  const { facts } = asset
  const piece = facts.kind === 'video' ? pieceOf(nameOf(asset)) : undefined
  return piece !== undefined && (piece.isTold || isCutOff(facts.size) || nowMs - facts.importedAtMs < JUST_IMPORTED_MS)
}

const LIVE_NAME = /^img_|^\w{4}\d{4}$/
const isCutOff = (size: number): boolean => LIMITS.some(([least, most]) => size >= least && size <= most)

/** `mates`: assets that share its content id; `neighbours`: those that lay in its folder, or have its name there, itself among them. */
export function familyOf(asset: Asset, mates: readonly Asset[], neighbours: readonly Asset[]): Family | undefined {
  return liveOf(asset, mates, neighbours) ?? takeOf(asset, neighbours)
}

function liveOf(asset: Asset, mates: readonly Asset[], neighbours: readonly Asset[]): Family | undefined {
  const { contentId } = asset.facts.probe
  const isHalf = (one: Asset): boolean => one.facts.kind === 'image' || (one.facts.kind === 'video' && (one.facts.probe.durationMs ?? 0) <= LIVE_MS && one.facts.probe.container === 'mov')
  const stem = stemOf(nameOf(asset))
  const marked = mates.filter(isHalf)
  const named = contentId === undefined ? neighbours.filter((one) => isHalf(one) && one.facts.probe.contentId === undefined && LIVE_NAME.test(stem) && stemOf(nameOf(one)) === stem) : []
  const halves = marked.length > 1 ? marked : named
  const kinds = new Set(halves.map(({ facts }) => facts.kind))
  if (kinds.size < 2 || halves.length > 4 || !halves.includes(asset)) return undefined
  const stack = contentId === undefined ? `live-${idOf(...halves.map(({ facts }) => facts.id).sort())}` : `live-${idOf(contentId)}`
  return { stack, kin: halves.toSorted((a, b) => Number(b.facts.kind === 'image') - Number(a.facts.kind === 'image')).map((one) => ({ asset: one })) }
}

interface Piece {
  readonly take: string
  readonly number: number
  /** The name alone tells that it is a piece of a take. */
  readonly isTold: boolean
}

/** How cameras name the pieces of one take. */
const PATTERNS: ReadonlyArray<readonly [pattern: RegExp, piece: (match: RegExpExecArray) => Piece]> = [
  [/^g([xhlp])(\d\d)(\d{4})\.(\w+)$/i, ([, codec, chapter, take, ending]) => ({ take: `gopro ${codec} ${take} ${ending}`.toLowerCase(), number: Number(chapter), isTold: true })],
  [/^gopr(\d{4})\.(\w+)$/i, ([, take, ending]) => ({ take: `gopro p ${take} ${ending}`.toLowerCase(), number: 0, isTold: true })],
  [/^([a-z]\d{3}_[a-z]\d{3}_\w{4,6})_(\d{3})\.(r3d)$/i, ([, clip, number, ending]) => ({ take: `red ${clip} ${ending}`.toLowerCase(), number: Number(number), isTold: true })],
  [/^(\w{2}\d{4})(\d\d)\.(mxf)$/i, ([, clip, number, ending]) => ({ take: `xf ${clip} ${ending}`.toLowerCase(), number: Number(number), isTold: true })],
  [/^(.*?)(\d{3,6})\.(mts|m2ts|mp4|mov|mxf|avi)$/i, ([, start, number, ending]) => ({ take: `numbered ${start} ${ending}`.toLowerCase(), number: Number(number), isTold: false })]
]

export function pieceOf(name: string): Piece | undefined {
  for (const [pattern, piece] of PATTERNS) {
    const match = pattern.exec(name)
    if (match !== null) return piece(match)
  }
  return undefined
}

function takeOf(asset: Asset, neighbours: readonly Asset[]): Family | undefined {
  const own = pieceOf(nameOf(asset))
  if (own === undefined || asset.facts.kind !== 'video') return undefined
  const pieces = neighbours.flatMap((one) => {
    const piece = pieceOf(nameOf(one))
    return piece?.take === own.take && one.facts.kind === 'video' ? [{ one, ...piece }] : []
  }).sort((a, b) => a.number - b.number)
  const at = pieces.findIndex(({ one }) => one.facts.id === asset.facts.id)
  let [first, last] = [at, at]
  const follows = (i: number): boolean => {
    const [before, after] = [pieces[i], pieces[i + 1]]
    return before !== undefined && after !== undefined && after.number === before.number + 1 && (own.isTold || isContinued(before.one, after.one))
  }
  while (follows(first - 1)) first--
  while (follows(last)) last++
  const kin = pieces.slice(first, last + 1)
  if (at < 0 || kin.length < 2 || kin.length > MAX_SPAN) return undefined
  return { stack: `take-${idOf(kin[0]!.one.facts.id)}`, kin: kin.map(({ one }, i) => ({ asset: one, span: `${i + 1}/${kin.length}` })) }
}

/** A piece that ends where a card's file system makes it end, and one that begins when it ended. */
function isContinued({ facts: before }: Asset, { facts: after }: Asset): boolean {
  if (!isCutOff(before.size)) return false
  const [from, next] = [before.probe.createdAtMs, after.probe.createdAtMs]
  if (from === undefined || next === undefined) return before.probe.videoCodec === after.probe.videoCodec && before.probe.width === after.probe.width
  return Math.abs(next - from - (before.probe.durationMs ?? 0)) <= SPAN_SLACK_MS || next === from
}
