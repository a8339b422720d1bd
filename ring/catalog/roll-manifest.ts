/**
 * What a roll consists of: JSON lines in a blob, so that a card of a hundred thousand files is read line by line. The first line says what
 * it is; each other one is a file of the card, a folder, or a generation of its ASC MHL history. Every blob that a line names is needed as long as the roll is.
 */
import { InvalidMessageError } from '#protocols/errors.ts'
import { type ChunkId, parseChunkId } from '#protocols/ids.ts'

/** Longest line, in bytes. @default 65536 */
export const MAX_ROLL_LINE = 65_536
const HEAD = '{"thatdam":"roll","version":1}'

/** Hashes by their names in ASC MHL, as written there. */
export type RollHashes = Readonly<Partial<Record<'c4' | 'md5' | 'sha1' | 'xxh128' | 'xxh3' | 'xxh64', string>>>

/** One file of the card. */
export interface RollFile {
  readonly path: string
  readonly size: number
  /** Unix ms; its fraction is kept. */
  readonly mtimeMs: number
  /** Its bytes; null when they are not in the ring. */
  readonly blob: ChunkId | null
  /** SHA-256 of its bytes, hex: the asset's id when it is media. */
  readonly sha256: string
  readonly hashes: RollHashes
  /** When it was hashed, Unix ms. */
  readonly hashedMs: number
  /** The card was read a second time, and was the same. */
  readonly sourceVerified: boolean
  /** Readings of the card differ, or its history says otherwise: these bytes are kept until it is copied anew. */
  readonly doubted?: boolean
  /** It is an asset, too. */
  readonly asset: boolean
}

/** One generation of a history that was written for the roll. */
export interface RollGeneration {
  readonly generation: number
  /** Folder of the history within the card; empty for the card itself. */
  readonly folder: string
  /** Name of its file. */
  readonly name: string
  readonly blob: ChunkId
  readonly c4: string
  readonly createdMs: number
}

export type RollLine = { readonly kind: 'file'; readonly file: RollFile } | { readonly kind: 'folder'; readonly folder: string } | { readonly kind: 'mhl'; readonly mhl: RollGeneration }

export function* encodeRoll(lines: Iterable<RollLine>): Generator<Uint8Array> {
  yield Buffer.from(`${HEAD}\n`)
  for (const line of lines) yield Buffer.from(`${JSON.stringify(bodyOf(line))}\n`)
}

function bodyOf(line: RollLine): object {
  if (line.kind === 'file') return { file: line.file }
  return line.kind === 'folder' ? { folder: line.folder } : { mhl: line.mhl }
}

/** @throws InvalidMessageError naming what is wrong; nothing that is not understood is passed over */
export async function* decodeRoll(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<RollLine> {
  let head = true
  for await (const line of linesOf(pieces)) {
    if (!head) yield parse(line)
    else if (line !== HEAD) refuse('its first line is none this version knows')
    head = false
  }
  if (head) refuse('it is empty')
}

/** The blobs a line names. */
export function blobsOfLine(line: RollLine): readonly ChunkId[] {
  if (line.kind === 'mhl') return [line.mhl.blob]
  return line.kind === 'folder' || line.file.blob === null ? [] : [line.file.blob]
}

async function* linesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let rest = Buffer.alloc(0)
  for await (const piece of pieces) {
    const bytes = Buffer.concat([rest, piece])
    let from = 0
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, from)) {
      yield bytes.toString('utf8', from, end)
      from = end + 1
    }
    rest = bytes.subarray(from)
    if (rest.byteLength > MAX_ROLL_LINE) refuse('a line is too long')
  }
  if (rest.byteLength > 0) refuse('its last line is cut off')
}

function parse(line: string): RollLine {
  let value: { file?: Partial<RollFile>; mhl?: Partial<RollGeneration>; folder?: unknown } | null = null
  try {
    value = JSON.parse(line)
  } catch {}
  if (value?.file !== undefined) return { kind: 'file', file: checkedFile(value.file) }
  if (value?.mhl !== undefined) return { kind: 'mhl', mhl: checkedGeneration(value.mhl) }
  if (isPath(value?.folder)) return { kind: 'folder', folder: value.folder }
  return refuse('a line is neither a file, nor a folder, nor a generation')
}

function checkedFile(file: Partial<RollFile>): RollFile {
  if (!isPath(file.path)) refuse('a path is none')
  if (!isCount(file.size) || typeof file.mtimeMs !== 'number' || typeof file.hashedMs !== 'number' || typeof file.sha256 !== 'string') refuse('a file lacks a field')
  if (typeof file.hashes !== 'object' || file.hashes === null) refuse('a file has no hashes')
  return { ...file as RollFile, blob: file.blob === null ? null : blobOf(file.blob) }
}

function checkedGeneration(mhl: Partial<RollGeneration>): RollGeneration {
  if (!isCount(mhl.generation) || (mhl.folder !== '' && !isPath(mhl.folder)) || !isPath(mhl.name) || mhl.name.includes('/') || typeof mhl.c4 !== 'string' || typeof mhl.createdMs !== 'number') refuse('a generation lacks a field')
  return { ...mhl as RollGeneration, blob: blobOf(mhl.blob) }
}

/** Relative, with `/`, and no way up. */
export const isPath = (path: unknown): path is string =>
  typeof path === 'string' && path !== '' && path.length <= 4_096 && !path.includes('\0') && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

function blobOf(id: unknown): ChunkId {
  try {
    return parseChunkId(id as string)
  } catch {
    return refuse('what is to be a blob is none')
  }
}

function refuse(why: string): never {
  throw new InvalidMessageError(`not a list of a roll's files: ${why}`)
}
