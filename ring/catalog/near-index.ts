/** Pictures that look alike, in the index: found by their hashes while assets are indexed, so that asking costs nothing. */
import type { DatabaseSync } from 'node:sqlite'
import type { Asset } from './catalog.ts'
import { prepared } from './prepared.ts'

/** Most bits of 64 in which the hashes of pictures that look alike differ. The bands below find every such pair. @default 7 */
export const NEAR_BITS = 7
/** Lengths of films that look alike differ by at most this share, or a second. @default 0.05 */
export const NEAR_LENGTH = 0.05
/** Assets that share nearly a quarter of a hash and are compared, one after the other: 68 of 65536 values of a quarter, so about a thousandth of all. @default 20000 */
export const MAX_COMPARED = 20_000
/** Assets that one is found to be like; flat pictures would have thousands. @default 500 */
export const MAX_ALIKE = 500
/** Name in `Asset.found` of its hashes: 16 hex digits each, `-` where a picture was flat, with commas; films have several. */
export const PICTURE_HASH = 'phash@1'

const BANDS = 4
const BAND_BITS = 16

export const NEAR_SCHEMA = `
  CREATE TABLE near_bands (band INTEGER NOT NULL, asset INTEGER NOT NULL, PRIMARY KEY (band, asset)) WITHOUT ROWID;
  CREATE INDEX near_bands_asset ON near_bands (asset);
  CREATE TABLE near_hashes (asset INTEGER PRIMARY KEY, kind TEXT NOT NULL, duration REAL NOT NULL, hashes TEXT NOT NULL);
  CREATE TABLE near_pairs (a INTEGER NOT NULL, b INTEGER NOT NULL, distance REAL NOT NULL, PRIMARY KEY (a, b)) WITHOUT ROWID;
  CREATE INDEX near_pairs_b ON near_pairs (b);
`

/** Hashes as they stand in the catalog; undefined for a flat picture, or for what another member wrote and is none. */
export function parseHashes(text: string): Array<bigint | undefined> {
  return text.split(',').slice(0, 16).map((hash) => /^[0-9a-f]{16}$/.test(hash) ? BigInt(`0x${hash}`) : undefined)
}

/** Bits in which two hashes differ. */
export function hamming(a: bigint, b: bigint): number {
  const differs = a ^ b
  return bitsOf(Number(differs & 0xffff_ffffn)) + bitsOf(Number(differs >> 32n))
}

/** Bits that are set in 32: pairs, then fours, then bytes, are summed side by side. */
function bitsOf(word: number): number {
  const pairs = word - ((word >>> 1) & 0x5555_5555)
  const fours = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333)
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24
}

/** How far two assets are from looking alike, in bits, on average over the pictures both have; undefined when they do not. */
export function distanceOf(a: ReadonlyArray<bigint | undefined>, b: ReadonlyArray<bigint | undefined>): number | undefined {
  const both = a.flatMap((hash, i) => {
    const other = b[i]
    return hash === undefined || other === undefined ? [] : [hamming(hash, other)]
  })
  const mean = both.reduce((sum, bits) => sum + bits, 0) / both.length
  return both.length * 2 >= Math.max(a.length, b.length) && mean <= NEAR_BITS ? mean : undefined
}

const bandsOf = (hash: bigint): number[] => Array.from({ length: BANDS }, (_, i) => i * 2 ** BAND_BITS + Number((hash >> BigInt(i * BAND_BITS)) & 0xffffn))

/** Seven different bits in four quarters: in one of them at most one differs. */
const probesOf = (hash: bigint): number[] => bandsOf(hash).flatMap((band) => [band, ...Array.from({ length: BAND_BITS }, (_, bit) => band ^ (1 << bit))])

interface Row { asset: number; duration: number; hashes: string }

/** Keep the hashes of an asset and its pairs as they are now. */
export function putNear(database: DatabaseSync, number: number, asset: Asset): void {
  const text = asset.found[PICTURE_HASH] ?? ''
  const known = prepared(database, 'SELECT hashes FROM near_hashes WHERE asset = ?').get(number) as { hashes: string } | undefined
  if (known?.hashes === text || (known === undefined && text === '')) return
  if (known !== undefined) dropNear(database, number)
  const hashes = parseHashes(text)
  const whole = hashes.filter((hash) => hash !== undefined)
  if (whole.length === 0) return
  const { kind, probe: { durationMs = 0 } } = asset.facts
  const pair = prepared(database, 'INSERT OR REPLACE INTO near_pairs (a, b, distance) VALUES (?, ?, ?)')
  let alike = 0
  for (const other of candidates(database, whole, kind, durationMs)) {
    const distance = distanceOf(hashes, parseHashes(other.hashes))
    if (distance === undefined) continue
    pair.run(Math.min(number, other.asset), Math.max(number, other.asset), distance)
    if (++alike === MAX_ALIKE) break
  }
  prepared(database, 'INSERT INTO near_hashes (asset, kind, duration, hashes) VALUES (?, ?, ?, ?)').run(number, kind, durationMs, text)
  const band = prepared(database, 'INSERT OR IGNORE INTO near_bands (band, asset) VALUES (?, ?)')
  for (const hash of whole) for (const at of bandsOf(hash)) band.run(at, number)
}

export function dropNear(database: DatabaseSync, number: number): void {
  for (const table of ['near_hashes', 'near_bands']) prepared(database, `DELETE FROM ${table} WHERE asset = ?`).run(number)
  prepared(database, 'DELETE FROM near_pairs WHERE a = ? OR b = ?').run(number, number)
}

function candidates(database: DatabaseSync, hashes: readonly bigint[], kind: string, duration: number): Iterable<Row> {
  const slack = Math.max(1000, duration * NEAR_LENGTH)
  const probes = JSON.stringify([...new Set(hashes.flatMap(probesOf))])
  return prepared(database, `
    SELECT one.asset, duration, hashes FROM (SELECT DISTINCT asset FROM near_bands WHERE band IN (SELECT value FROM json_each(?))) AS one
    CROSS JOIN near_hashes ON near_hashes.asset = one.asset
    WHERE kind = ? AND duration BETWEEN ? AND ? LIMIT ?`).iterate(probes, kind, duration - slack, duration + slack, MAX_COMPARED) as unknown as Iterable<Row>
}
