/**
 * The library at a size: assets are written straight into the index (not through the documents, which take as long as a year of imports), in
 * batches as a node's start does; then searched as its routes do, on the search's own thread. `library/page`: the page over 100,000 of them, in Chromium.
 */
import { createHash } from 'node:crypto'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { DatabaseSync } from 'node:sqlite'
import { type AssetId, chunkIdOf, type PeerId } from '#protocols/ids.ts'
import { silentLog } from '#ring/base/log.ts'
import { AssetIndex } from '../../ring/catalog/asset-index.ts'
import { NO_MARKS } from '../../ring/catalog/asset-marks.ts'
import type { Asset } from '../../ring/catalog/catalog.ts'
import { SearchThread } from '../../ring/catalog/search/search-thread.ts'
import { NO_TITLES } from '../../ring/catalog/search/titles.ts'
import type { SearchRequest } from '../../ring/catalog/search/search.ts'
import { type Row, quantile } from './measure.ts'

/** Assets unless `THATDAM_BENCH_ASSETS` says otherwise. */
const ASSETS = Number(process.env['THATDAM_BENCH_ASSETS'] ?? 1_000_000)
const BATCH = 20
const ROUNDS = 20
const YEARS_MS = 8 * 365 * 86_400_000
const NOW = Date.UTC(2026, 10, 1)
const NODE = '12D3KooWAlder0000000000000000000000000000000000000000' as PeerId
const POSTER = chunkIdOf(Buffer.from('poster'))
const CAMERAS = [['Sony', 'ILCE-7M4'], ['Sony', 'FX3'], ['Canon', 'Canon EOS R5'], ['Blackmagic', 'Pocket 6K'], ['DJI', 'Mavic 3'], ['GoPro', 'HERO12'], ['Apple', 'iPhone 15 Pro'], ['Panasonic', 'DC-GH6']] as const
const PLACES = [[59.91, 10.75], [52.52, 13.4], [48.86, 2.35], [51.51, -0.13], [40.71, -74]] as const

/** The same library in every run. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0
    yield state / 2 ** 32
  }
}
const chance = numbers(42)
const next = (below: number): number => Math.floor(chance.next().value * below)
/** The first are far more frequent than the last, as words are. */
const often = (below: number): number => Math.floor(chance.next().value ** 3 * below)
const SYLLABLES = ['ba', 'ko', 'ri', 'ten', 'mal', 'su', 'ver', 'nid', 'lo', 'har', 'pe', 'gim']
const word = (n: number): string => SYLLABLES[n % 12]! + SYLLABLES[(n >> 2) % 12]! + SYLLABLES[(n * 7) % 12]! + (n > 144 ? SYLLABLES[(n >> 5) % 12]! : '')

export function someAsset(n: number, poster = POSTER): Asset {
  const id = createHash('sha256').update(String(n)).digest('hex') as AssetId
  const kind = n % 10 < 6 ? 'video' : n % 10 < 9 ? 'image' : 'audio'
  const name = kind === 'video' ? `A${String(n % 1000).padStart(3, '0')}_C${String(n % 97).padStart(3, '0')}_${n}.mp4` : kind === 'image' ? `DSC_${10_000 + n}.jpg` : `take ${n}.wav`
  const takenMs = NOW - Math.floor((1 - n / ASSETS) * YEARS_MS) + next(3_600_000)
  const place = PLACES[often(5)]!
  const [cameraMake, cameraModel] = CAMERAS[often(8)]!
  return {
    facts: {
      id, name, size: 1_000_000 + next(500_000_000), mime: `${kind}/x`, kind, blob: POSTER, importedAtMs: takenMs + next(86_400_000),
      probe: {
        container: 'mov,mp4', createdAtMs: takenMs, cameraMake, cameraModel, ...(kind === 'image' ? {} : { durationMs: 1000 + often(600_000) }), ...(kind === 'audio' ? { audioCodec: 'pcm_s16le' } : { videoCodec: kind === 'image' ? 'mjpeg' : ['h264', 'hevc', 'prores'][often(3)]!, width: [1920, 3840, 1280][often(3)]!, height: [1080, 2160, 720][often(3)]!, framesPerSecond: [25, 50, 29.97][often(3)]! }),
        ...(n % 3 === 0 ? { gps: { latitude: place[0] + next(1000) / 5000, longitude: place[1] + next(1000) / 5000 } } : {})
      }
    },
    title: n % 2 === 0 ? `${word(often(3000))} ${word(often(3000))} ${word(often(3000))}` : '', rating: often(6), notes: n % 5 === 0 ? Array.from({ length: 8 }, () => word(often(3000))).join(' ') : '',
    tags: Array.from({ length: often(5) }, () => `${['place', 'person', 'job'][next(3)]}/${word(often(400))}`), marks: { ...NO_MARKS, label: n % 7 === 0 ? 'green' : '', flag: n % 11 === 0 ? 'pick' : '', state: n % 4 === 0 ? 'approved' : '' },
    albums: n % 20 === 0 ? [`album-${next(50)}`] : [], fields: n % 6 === 0 ? { scene: String(next(200)) } : {}, locations: [{ node: NODE, path: `/media/${2018 + Math.floor(n / ASSETS * 8)}/project ${n % 400}/card ${n % 7}/${name}` }],
    poster, made: {}, sidecars: {}, found: {}, cloud: {}, away: false, recalledAtMs: undefined, deletedAtMs: undefined, editedAtMs: takenMs
  }
}

/** Writes `count` assets as a node's start does: batches, with turns of others in between. Answers how long the thread was held by each, in ms. */
export async function fill(index: AssetIndex, count: number, poster = POSTER): Promise<number[]> {
  const held: number[] = []
  for (let at = 0; at < count; at += BATCH) {
    const assets = new Map(Array.from({ length: Math.min(BATCH, count - at) }, (_, i) => someAsset(at + i, poster)).map((asset) => [asset.facts.id, asset]))
    const began = performance.now()
    index.write({ assets, recordings: new Map(), notes: new Map(), applied: new Map() })
    held.push(performance.now() - began)
    if (at % 1000 === 0) await new Promise(setImmediate)
  }
  return held
}

const QUERIES: ReadonlyArray<readonly [string, SearchRequest]> = [
  ['newest', {}], ['a rare word', { q: word(2900) }], ['a frequent word', { q: word(0) }], ['two words', { q: `${word(0)} ${word(3)}` }], ['beginning of a word', { q: 'bak' }], ['a word in every path', { q: 'project' }],
  ['rare and in every path', { q: `${word(2900)} project` }], ['a phrase', { q: '"project 77"' }], ['filters by date', { q: 'type:video rating:>=3 camera:sony' }], ['filters by size', { q: 'tag:place duration:1m..5m', sort: '-size' }], ['by name', { sort: 'name' }],
  ['near a town', { q: 'near:"59.91,10.75,20km" -tag:job' }], ['word and filter', { q: `${word(5)} codec:hevc after:2024` }], ['none of a tag', { q: 'tag:none label:green' }]
]

/** Of albums: more than the search remembers at once. */
const RULES = Array.from({ length: 20 }, (_, n) => `${n % 2 === 0 ? `rating:>=${1 + n % 5}` : word(n)} camera:${['sony', 'canon', 'dji'][n % 3]} after:${2019 + n % 7}`)

interface Measured { readonly cold: number; readonly samples: number[] }

/** `change`: makes what was kept of the last answer worth nothing. */
async function measured(ask: (round: number) => Promise<unknown>, change: () => Promise<void>): Promise<Measured> {
  const samples: number[] = []
  for (let round = -1; round < ROUNDS; round++) {
    if (round % 2 === 0) await change()
    const began = performance.now()
    await ask(round)
    samples.push(performance.now() - began)
  }
  const [cold = 0, ...others] = samples
  return { cold, samples: others }
}

/** The same page without any of our indexes: the rows' JSON is read from one end to the other. */
function fullScan(file: string): number {
  const database = new DatabaseSync(file, { readOnly: true })
  const began = performance.now()
  database.prepare("SELECT id, json_extract(asset, '$.facts.importedAtMs') AS at FROM assets WHERE json_extract(asset, '$.facts.kind') = 'video' AND json_extract(asset, '$.rating') >= 3 ORDER BY at DESC LIMIT 60").all()
  const took = performance.now() - began
  database.close()
  return took
}

export async function run(part?: string): Promise<Row[]> {
  if (part === 'page') return (await import('./library-page.ts')).run()
  const dir = await mkdtemp(join(tmpdir(), 'thatdam-bench-'))
  try {
    return await rows(dir)
  } finally {
    await rm(dir, { recursive: true })
  }
}

async function rows(dir: string): Promise<Row[]> {
  const file = join(dir, 'index.sqlite')
  const search = new SearchThread({ file, log: silentLog, titles: () => NO_TITLES })
  const index = new AssetIndex(file, silentLog, (numbers) => search.touched(numbers))
  index.open('bench')
  const began = performance.now()
  const writes = await fill(index, ASSETS)
  const filledMs = performance.now() - began
  const before = process.memoryUsage().rss
  const warmBegan = performance.now()
  await search.warm()
  const warmMs = performance.now() - warmBegan
  const grown = process.memoryUsage().rss - before
  const held = monitorEventLoopDelay({ resolution: 1 })
  held.enable()
  await new Promise((resolve) => { setTimeout(resolve, 5000) })
  const idleMs = held.max / 1e6
  let edits = 0
  const own: number[] = []
  const change = async (): Promise<void> => {
    const asset = someAsset(next(ASSETS))
    const began = performance.now()
    index.write({ assets: new Map([[asset.facts.id, { ...asset, rating: edits++ % 6 }]]), recordings: new Map(), notes: new Map(), applied: new Map() })
    own.push(performance.now() - began)
  }
  const idle = 'the thread of recording and live view was late, at most, while nothing was asked for 5 s'
  const plain = 'every row read: videos of three stars, newest first'
  const found: Row[] = [{ name: plain, unit: 'ms', samples: [fullScan(file), fullScan(file)] }]
  held.reset()
  const add = async (name: string, ask: (round: number) => Promise<unknown>): Promise<void> => {
    const { cold, samples } = await measured(ask, change)
    found.push({ name, unit: 'ms', samples, baseline: plain, note: `p95 ${quantile(samples, 0.95).toFixed(0)} ms, first ${cold.toFixed(0)} ms` })
  }
  for (const [name, request] of QUERIES) await add(`page: ${name}`, () => search.page({ limit: 60, ...request }))
  await add('page: jump to a place', () => search.page({ offset: next(ASSETS) }))
  await add('page: jump to a day', () => search.page({ atMs: NOW - next(YEARS_MS) }))
  await add('facets of everything', () => search.facets({}))
  await add('facets of a frequent word', () => search.facets({ q: word(0) }))
  await add('timeline of everything', () => search.timeline({}))
  await add('timeline of videos', () => search.timeline({ q: 'type:video' }))
  await add('page of an album filled by hand', (round) => search.page({ albums: [`album-${round + 1}`], sort: '-imported' }))
  await add('page of an album filled by a rule', () => search.page({ also: ['tag:place rating:>=3 -type:audio'], weak: true, sort: '-imported' }))
  await add('page of an album filled by a rule with a frequent word', () => search.page({ also: [word(0)], weak: true, sort: '-imported' }))
  await add('how many assets are in each album filled by hand', () => search.albumCounts())
  await add(`how many assets each of ${RULES.length} rules finds`, async () => { for (const rule of RULES) await search.count({ also: [rule] }) })
  await add('completion', () => search.complete('tag:ba', 6))
  held.disable()
  await search.stop()
  index.close()
  return [
    ...found,
    { name: idle, unit: 'ms', samples: [idleMs] },
    { name: 'the same while all that was asked, and edits were written', unit: 'ms', samples: [held.max / 1e6], baseline: idle, note: `p99.9 ${(held.percentile(99.9) / 1e6).toFixed(0)} ms; the machine has others to serve` },
    { name: 'handing a search over and writing an edit, by themselves', unit: 'ms', samples: own, note: `p99 ${quantile(own, 0.99).toFixed(1)} ms` },
    { name: `that thread was held by one of the batches of ${BATCH} assets that were written`, unit: 'ms', samples: writes, note: `p99 ${quantile(writes, 0.99).toFixed(1)} ms, p99.9 ${quantile(writes, 0.999).toFixed(1)} ms` },
    { name: 'writing the index', unit: 'assets/s', samples: [ASSETS / filledMs * 1000], note: `${ASSETS} assets in ${(filledMs / 1000).toFixed(0)} s, making them up among it` },
    { name: 'the index on disk', unit: 'bytes/asset', samples: [(await stat(file)).size / ASSETS] },
    { name: 'memory of the search', unit: 'bytes/asset', samples: [grown / ASSETS], note: `${(grown / 1e6).toFixed(0)} MB` },
    { name: 'reading the index when the node starts', unit: 'ms', samples: [warmMs] }
  ]
}
