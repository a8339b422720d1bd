import { readFile } from 'node:fs/promises'
import type { AssetList, CoverageView, FoundView, MomentList, MomentSearch, MomentView } from '#protocols/http.ts'
import { type NodeApi, nodeApi, NODE_FLAGS } from './api.ts'
import { wholeId } from './asset-id.ts'
import { type FlagValues, parseFlags, positive, text, timeOf, UsageError } from './flags.ts'
import { bytes, clean, clock, complain, print, say, table } from './output.ts'
import { type Drawing, drawingOf, MAX_SHOWN_BYTES, showPicture } from './terminal-picture.ts'

const FLAGS = {
  ...NODE_FLAGS, limit: { type: 'string' }, assets: { type: 'boolean' }, like: { type: 'string' }, picture: { type: 'string' }, filter: { type: 'string' }, within: { type: 'string' },
  sense: { type: 'string' }, from: { type: 'string' }, to: { type: 'string' }, pictures: { type: 'boolean' }, 'no-pictures': { type: 'boolean' }
} as const
/** Moments of one asset that are printed. @default 3 */
export const MOMENTS_SHOWN = 3

/** `thatdam search SENTENCE`: when it happened; with `--assets` which assets there are. */
export async function runSearch(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('search', argv, FLAGS)
  const words = positionals.join(' ')
  const api = nodeApi(values)
  if (values['assets'] === true) return assets(api, values, words)
  const list = await moments(api, values, words)
  if (values['json'] === true) return say(list)
  const drawing = values['no-pictures'] === true ? undefined : drawingOf(process.env, values['pictures'] === true, process.stdout.isTTY)
  for (const found of list.found) await show(api, found, drawing)
  for (const off of list.coverage.off) complain(`thatdam: ${clean(off)}`)
  return say(summary(list.found.length, list.coverage))
}

async function moments(api: NodeApi, values: FlagValues, words: string): Promise<MomentList> {
  const picture = text(values, 'picture')
  const like = text(values, 'like')
  if (words === '' && like === undefined && picture === undefined && text(values, 'filter') === undefined) throw new UsageError('say what to look for: thatdam search "a red car in the rain"')
  if (picture !== undefined && (words !== '' || like !== undefined)) throw new UsageError('--picture goes without words and --like')
  const search: MomentSearch = {
    ...(words === '' ? {} : { q: words }), ...(like === undefined ? {} : { like: await pictureOf(api, like) }), ...given(values, ['filter', 'sense']),
    ...(text(values, 'within') === undefined ? {} : { within: await subjectOf(api, text(values, 'within')!) }), ...times(values), ...limitOf(values)
  }
  const query = new URLSearchParams(Object.entries(search).map(([name, value]) => [name, String(value)]))
  return picture === undefined ? api.get(`search?${query}`) : api.postPicture(`search/picture?${query}`, await readFile(picture))
}

const given = (values: FlagValues, names: readonly string[]): Record<string, string> => Object.fromEntries(names.flatMap((name) => text(values, name) === undefined ? [] : [[name, text(values, name)!]]))
const limitOf = (values: FlagValues): { limit?: number } => text(values, 'limit') === undefined ? {} : { limit: positive('limit', text(values, 'limit')!) }
const times = (values: FlagValues): Record<string, string> => Object.fromEntries((['from', 'to'] as const).flatMap((name) => text(values, name) === undefined ? [] : [[name, String(timeOf(`--${name}`, text(values, name)!))]]))

const subjectOf = async (api: NodeApi, named: string): Promise<string> => named.startsWith('camera:') ? named : wholeId(api, named)

/** `ASSET@1:23.5`, `ASSET@83500` or `camera:CAMERA@TIME`. */
async function pictureOf(api: NodeApi, like: string): Promise<string> {
  const at = like.lastIndexOf('@')
  if (at < 1) throw new UsageError('--like says which picture: ASSET@1:23.5, or camera:CAMERA@2026-11-22T17:00:00Z')
  const [subject, time] = [await subjectOf(api, like.slice(0, at)), like.slice(at + 1)]
  return `${subject}@${subject.startsWith('camera:') ? timeOf('--like', time) : placeOf(time)}`
}

/** `1:02:03.5`, `1:23`, or ms without a colon. @throws UsageError */
function placeOf(time: string): number {
  if (!/^(\d+:){0,2}\d+(\.\d+)?$/.test(time)) throw new UsageError(`--like ${clean(time)} is no time of a clip: for example 1:23.5`)
  return time.includes(':') ? Math.round(1_000 * time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)) : Math.round(Number(time))
}

async function show(api: NodeApi, { subject, moments: all }: FoundView, drawing: Drawing | undefined): Promise<void> {
  print(`${clean(subject.title)}  ${subject.kind === 'camera' ? `camera:${subject.id}` : subject.id.slice(0, 16)}`)
  const [first] = all
  if (drawing !== undefined && first?.picture != null) await draw(api, first.picture, drawing)
  for (const moment of all.slice(0, MOMENTS_SHOWN)) print(`  ${timeCode(subject.kind, moment)}  ${moment.score.toFixed(2)}  ${moment.why.map(reason).join('; ')}`)
}

/** What is told of a meaning was said. */
const reason = ({ sense, text: words, score }: MomentView['why'][number]): string => words === undefined ? `${sense} ${score.toFixed(2)}` : `${sense === 'meaning' ? 'said' : sense} “${clean(words)}”`

/** A picture that is not there is no reason to find nothing. */
async function draw(api: NodeApi, address: string, drawing: Drawing): Promise<void> {
  try {
    const { bytes: picture } = await api.getBytes(address.replace(/^\/api\/v1\//, ''), MAX_SHOWN_BYTES)
    print(await showPicture(picture, drawing))
  } catch (err) {
    complain(`  (no picture: ${clean((err as Error).message)})`)
  }
}

/** From where to where in a clip; of a camera the local time. */
export function timeCode(kind: FoundView['subject']['kind'], { fromMs, toMs, level }: Pick<MomentView, 'fromMs' | 'toMs' | 'level'>): string {
  if (level === 0) return 'all of it'
  const one = kind === 'camera' ? localTime : codeOf
  return one(fromMs) === one(toMs) ? one(fromMs) : `${one(fromMs)}–${one(toMs)}`
}

/** 3,723,500 ms as `1:02:03.500`. */
function codeOf(ms: number): string {
  const [h, m, s] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, Math.floor(ms / 1_000) % 60]
  return `${h}:${String(m).padStart(2, '0')}:${String(s).padStart(2, '0')}.${String(Math.floor(ms % 1_000)).padStart(3, '0')}`
}

const localTime = (ms: number): string => new Date(ms).toLocaleString('sv')

const summary = (count: number, { text: covered }: CoverageView): string => `${count === 0 ? 'Nothing found' : `${count} found`}; ${clean(covered)}`

async function assets(api: NodeApi, values: FlagValues, words: string): Promise<number> {
  if (words === '') throw new UsageError('say what to search for: thatdam search QUERY --assets')
  const list = await api.get<AssetList>(`assets?${new URLSearchParams({ q: words, limit: String(limitOf(values).limit ?? 60) })}`)
  if (values['json'] === true) return say(list)
  if (list.assets.length === 0) return say('Nothing found.')
  print(table(['KIND', 'LENGTH', 'SIZE', 'NAME', 'TAGS', 'ID'], list.assets.map((asset) => [
    asset.kind, clock(asset.probe.durationMs), bytes(asset.size), asset.title === '' ? asset.name : asset.title, asset.tags.join(','), asset.id.slice(0, 16)
  ])))
  return say(list.total > list.assets.length ? `${list.assets.length} of ${list.total}` : `${list.total} found`)
}
