/** What a report of a roll says, in words: the same for HTML and PDF. */
import type { SafeView } from '#protocols/http.ts'
import { type AssetId, parseAssetId } from '#protocols/ids.ts'
import type { Asset, Ring, RollFile } from '#ring'
import { bytesOf } from '#ring/base/bytes.ts'
import type { Roll } from '../rolls/roll-record.ts'
import type { RollList } from '../rolls/roll-list.ts'

/** Thumbnails in one report, at most. @default 500 */
export const MAX_THUMBNAILS = 500
/** Largest thumbnail that is put in, in bytes. @default 262144 */
export const MAX_THUMBNAIL_BYTES = 262_144

export interface ReportFile {
  readonly path: string
  readonly size: number
  readonly hashes: ReadonlyArray<readonly [format: string, hash: string]>
  readonly sourceVerified: boolean
  /** `1:02 · prores 1920×1080 · 25 fps · pcm_s16le`; empty for what is no clip. */
  readonly facts: string
  readonly durationMs: number
  /** A JPEG. */
  readonly thumbnail: Uint8Array | undefined
}

export interface Report {
  readonly title: string
  readonly lines: ReadonlyArray<readonly [label: string, value: string]>
  readonly safe: SafeView
  readonly totals: string
  readonly failures: ReadonlyArray<{ readonly path: string; readonly reason: string }>
  readonly files: readonly ReportFile[]
}

export interface ReportParts {
  readonly blobs: Pick<Ring['blobs'], 'read' | 'stat'>
  readonly catalog: Pick<Ring['catalog'], 'asset'>
}

export async function gatherReport(parts: ReportParts, roll: Roll, list: RollList, safe: SafeView, nowMs: number): Promise<Report> {
  const files: ReportFile[] = []
  let thumbnails = 0
  for (const file of list.files.values()) {
    const asset = file.asset ? await parts.catalog.asset(idOf(file)).catch(() => undefined) : undefined
    const thumbnail = thumbnails < MAX_THUMBNAILS ? await thumbnailOf(parts, asset) : undefined
    if (thumbnail !== undefined) thumbnails++
    files.push({ path: file.path, size: file.size, hashes: Object.entries(file.hashes), sourceVerified: file.sourceVerified, facts: factsOf(asset), durationMs: asset?.facts.probe.durationMs ?? 0, thumbnail })
  }
  return { title: roll.name, lines: linesOf(roll, nowMs), safe, totals: totalsOf(files), failures: roll.failures, files }
}

const idOf = ({ sha256 }: RollFile): AssetId => parseAssetId(sha256)

async function thumbnailOf({ blobs }: ReportParts, asset: Asset | undefined): Promise<Uint8Array | undefined> {
  if (asset?.poster === undefined) return undefined
  try {
    const signal = AbortSignal.timeout(10_000)
    if ((await blobs.stat(asset.poster, { signal })).size > MAX_THUMBNAIL_BYTES) return undefined
    return await bytesOf(blobs.read(asset.poster, {}, { signal }))
  } catch {
    return undefined // a report without a picture is better than none
  }
}

function linesOf(roll: Roll, nowMs: number): Array<readonly [string, string]> {
  const reads = roll.sourceReads.direct + roll.sourceReads.cached
  const twice = reads === 0 ? '' : `${reads} files, ${roll.sourceReads.direct} of them past the page cache`
  return ([
    ['Card', roll.card], ['Offloaded', `${moment(roll.startedMs)} to ${roll.endedMs > 0 ? moment(roll.endedMs) : 'not finished'}`], ['By', roll.operator], ['Where', roll.location], ['Machine', `${roll.node}${roll.zone === '' ? '' : `, ${roll.zone}`}`],
    ['Copies in folders', roll.to.join('\n')], ['Card read twice', twice], ['Hashes', roll.hashes.join(', ')], ['ASC MHL', `${roll.generations} ${roll.generations === 1 ? 'generation' : 'generations'}`], ['Comment', roll.comment], ['Report of', moment(nowMs)]
  ] as const).filter(([, value]) => value !== '')
}

function totalsOf(files: readonly ReportFile[]): string {
  const clips = files.filter(({ facts }) => facts !== '')
  const length = clips.reduce((sum, { durationMs }) => sum + durationMs, 0)
  return `${files.length} files, ${bytes(files.reduce((sum, { size }) => sum + size, 0))}; ${clips.length} clips${length > 0 ? `, ${clock(length)} in all` : ''}`
}

function factsOf(asset: Asset | undefined): string {
  if (asset === undefined) return ''
  const { durationMs, videoCodec, width, height, framesPerSecond, audioCodec } = asset.facts.probe
  const size = width === undefined ? '' : `${width}×${height}`
  return [durationMs === undefined ? '' : clock(durationMs), [videoCodec ?? '', size].join(' ').trim(), framesPerSecond === undefined ? '' : `${Number(framesPerSecond.toFixed(3))} fps`, audioCodec ?? ''].filter((part) => part !== '').join(' · ') || asset.facts.kind
}

/** The verdict in a sentence. */
export const verdictOf = ({ safe, rule, files, safeFiles }: SafeView): string =>
  safe ? `Safe to format at the time of this report: every file verified on ${rule.nodes} or more nodes in ${rule.zones} or more zones` : `Not safe to format at the time of this report: ${safeFiles} of ${files} files verified on ${rule.nodes} nodes in ${rule.zones} zones`

/** UTC, to the second. */
export const moment = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').replace(/\.\d+Z$/, ' UTC')

/** Decimal, as disks are sold: `1.24 GB`. */
export function bytes(count: number): string {
  const unit = Math.min(4, Math.floor(Math.log10(Math.max(1, count)) / 3))
  return `${unit === 0 ? count : (count / 1_000 ** unit).toFixed(2)} ${['B', 'kB', 'MB', 'GB', 'TB'][unit]}`
}

function clock(ms: number): string {
  const seconds = Math.round(ms / 1_000)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${seconds >= 3_600 ? `${Math.floor(seconds / 3_600)}:${two(Math.floor(seconds / 60) % 60)}` : Math.floor(seconds / 60)}:${two(seconds % 60)}`
}
