/** Tiled HEIF pictures (ISO/IEC 23008-12 §6.6.2.3), as every iPhone writes them: where the tiles go, and putting them there. */
import type { FileHandle } from 'node:fs/promises'
import { AV_PIX_FMT_RGB24 } from 'node-av/constants'
import { FilterAPI } from 'node-av/api'
import { Frame, Packet } from 'node-av/lib'
import { differenceHash } from './deep/picture-hash.ts'
import { boxesIn, type Box } from './iso-boxes.ts'
import { type MediaFile, openDecoder } from './media-file.ts'
import { posterOfFrame } from './poster.ts'
import { POSTER_PIXELS } from './poster-pixels.ts'

/** Longest description of a picture's items that is read, in bytes. @default 4194304 */
export const MAX_META_BYTES = 4 * 1024 * 1024
/** Tiles of one picture. @default 1024 */
export const MAX_TILES = 1_024

export interface HeifGrid {
  readonly width: number
  readonly height: number
  readonly columns: number
  /** Item ids row by row: FFmpeg's stream ids. */
  readonly tiles: readonly number[]
  /** Clockwise degrees. */
  readonly turn: number
}

/** The grid of the primary picture; undefined when it is none. @throws RangeError when the boxes are cut off */
export async function readGrid(file: FileHandle): Promise<HeifGrid | undefined> {
  const meta = await readMeta(file)
  if (meta === undefined) return undefined
  const boxes = new Map(boxesIn(meta, 4).map((box) => [box.type, box]))
  const [pitm, iref, iloc] = ['pitm', 'iref', 'iloc'].map((type) => boxes.get(type))
  if (pitm === undefined || iref === undefined || iloc === undefined) return undefined
  const primary = pitm.bytes[0] === 0 ? pitm.bytes.readUInt16BE(4) : pitm.bytes.readUInt32BE(4)
  const tiles = tilesOf(iref, primary)
  if (tiles === undefined) return undefined
  const data = await itemBytes(file, iloc, primary, boxes.get('idat')?.bytes)
  if (data === undefined || data.length < 8) return undefined
  const wide = ((data[1] ?? 0) & 1) === 1
  const [rows, columns] = [(data[2] ?? 0) + 1, (data[3] ?? 0) + 1]
  const [width, height] = wide ? [data.readUInt32BE(4), data.readUInt32BE(8)] : [data.readUInt16BE(4), data.readUInt16BE(6)]
  if (tiles.length !== rows * columns || tiles.length > MAX_TILES || width === 0 || height === 0) return undefined
  return { width, height, columns, tiles, turn: turnOf(boxes.get('iprp'), primary) }
}

async function readMeta(file: FileHandle): Promise<Buffer | undefined> {
  const header = Buffer.alloc(16)
  for (let offset = 0, count = 0; count < 50; count++) {
    const { bytesRead } = await file.read(header, 0, 16, offset)
    if (bytesRead < 16) return undefined
    const length = header.readUInt32BE(0)
    if (header.toString('latin1', 4, 8) === 'meta' && length <= MAX_META_BYTES) {
      const { buffer } = await file.read(Buffer.alloc(length - 8), 0, length - 8, offset + 8)
      return buffer
    }
    if (length < 8) return undefined
    offset += length
  }
  return undefined
}

/** `dimg` references of the grid item, in order. */
function tilesOf(iref: Box, primary: number): number[] | undefined {
  const wide = iref.bytes[0] === 1
  const id = (bytes: Buffer, at: number): number => wide ? bytes.readUInt32BE(at * 4) : bytes.readUInt16BE(at * 2)
  for (const { type, bytes } of boxesIn(iref.bytes, 4)) {
    if (type !== 'dimg' || id(bytes, 0) !== primary) continue
    const list = bytes.subarray(wide ? 4 : 2)
    return Array.from({ length: list.readUInt16BE(0) }, (_, i) => id(list.subarray(2), i))
  }
  return undefined
}

/** The first extent of an item (ISO/IEC 14496-12 §8.11.3). */
async function itemBytes(file: FileHandle, iloc: Box, item: number, idat: Buffer | undefined): Promise<Buffer | undefined> {
  const { bytes } = iloc
  const version = bytes[0] ?? 0
  const [offsetBytes, lengthBytes, baseBytes, indexBytes] = [bytes[4]! >> 4, bytes[4]! & 15, bytes[5]! >> 4, version === 0 ? 0 : bytes[5]! & 15]
  let at = 6
  const take = (size: number): number => {
    const value = size === 0 ? 0 : size === 8 ? Number(bytes.readBigUInt64BE(at)) : bytes.readUIntBE(at, size)
    at += size
    return value
  }
  for (let count = take(version < 2 ? 2 : 4); count > 0; count--) {
    const id = take(version < 2 ? 2 : 4)
    const method = version === 0 ? 0 : take(2) & 15
    take(2)
    const base = take(baseBytes)
    let first: { offset: number; length: number } | undefined
    for (let extents = take(2); extents > 0; extents--) {
      take(indexBytes)
      const extent = { offset: base + take(offsetBytes), length: take(lengthBytes) }
      first ??= extent
    }
    if (id !== item || first === undefined) continue
    const length = Math.min(first.length, 64)
    return method === 1 ? idat?.subarray(first.offset, first.offset + length) : (await file.read(Buffer.alloc(length), 0, length, first.offset)).buffer
  }
  return undefined
}

/** `irot` of an item counts quarter turns against the clock. */
function turnOf(iprp: Box | undefined, item: number): number {
  const [ipco, ipma] = ['ipco', 'ipma'].map((type) => boxesIn(iprp?.bytes ?? Buffer.alloc(0), 0).find((box) => box.type === type))
  if (ipco === undefined || ipma === undefined) return 0
  const properties = boxesIn(ipco.bytes, 0)
  const { bytes } = ipma
  const [wideIds, wideIndexes] = [(bytes[0] ?? 0) > 0, ((bytes[3] ?? 0) & 1) === 1]
  let at = 8
  for (let count = bytes.readUInt32BE(4); count > 0; count--) {
    const id = wideIds ? bytes.readUInt32BE(at) : bytes.readUInt16BE(at)
    at += wideIds ? 4 : 2
    for (let left = bytes.readUInt8(at++); left > 0; left--) {
      const index = wideIndexes ? bytes.readUInt16BE(at) & 0x7fff : bytes.readUInt8(at) & 0x7f
      at += wideIndexes ? 2 : 1
      const property = properties[index - 1]
      if (id === item && property?.type === 'irot') return (360 - ((property.bytes[0] ?? 0) & 3) * 90) % 360
    }
  }
  return 0
}

/** Tiles decoded one by one, each made small at once, side by side as a poster of at most so many pixels. @throws when one is missing or does not decode */
export function composeGrid(media: MediaFile, grid: HeifGrid, pixels = POSTER_PIXELS): { poster: Buffer; hash: string } {
  const places = new Map(grid.tiles.map((id, place) => [id, place]))
  const tileOf = new Map(media.format.streams.flatMap((stream) => places.has(stream.id) ? [[stream.index, { stream, place: places.get(stream.id)! }] as const] : []))
  if (tileOf.size < places.size) throw new Error(`${places.size - tileOf.size} of its ${places.size} tiles are missing`)
  const [tile] = [...tileOf.values()]
  const share = Math.min(1, pixels / Math.max(grid.width, grid.height))
  const canvas = new Canvas(Math.max(2, Math.round(grid.width * share)), Math.max(2, Math.round(grid.height * share)))
  const left = new Set(tileOf.keys())
  const packet = new Packet()
  packet.alloc()
  try {
    while (left.size > 0 && media.read(packet)) {
      const found = tileOf.get(packet.streamIndex)
      if (found === undefined || !left.delete(packet.streamIndex)) continue
      const { width, height } = tile!.stream.codecpar
      const [x, y] = [(found.place % grid.columns) * width, Math.floor(found.place / grid.columns) * height]
      const [x0, x1, y0, y1] = [x, x + width, y, y + height].map((edge) => Math.round(edge * share)) as [number, number, number, number]
      decodeTile(found.stream, packet, (frame) => canvas.put(frame, x0, y0, Math.max(1, x1 - x0), Math.max(1, y1 - y0)))
    }
  } finally {
    packet.free()
  }
  if (left.size > 0) throw new Error(`${left.size} of its ${places.size} tiles are missing`)
  return canvas.shown(grid.turn, pixels)
}

function decodeTile(stream: Parameters<typeof openDecoder>[0], packet: Packet, show: (frame: Frame) => void): void {
  const decoder = openDecoder(stream)
  let shown = false
  try {
    for (const part of [packet, null]) {
      for (const frame of decoder.decode(part)) {
        if (!shown) show(frame)
        shown = true
      }
    }
    if (!shown || decoder.errors > 0) throw new Error('one of its tiles does not decode')
  } finally {
    decoder.close()
  }
}

class Canvas {
  readonly #width: number
  readonly #height: number
  readonly #pixels: Buffer

  constructor(width: number, height: number) {
    this.#width = width - (width % 2)
    this.#height = height - (height % 2)
    this.#pixels = Buffer.alloc(this.#width * this.#height * 3)
  }

  put(frame: Frame, x: number, y: number, width: number, height: number): void {
    const graph = FilterAPI.create(`scale=w=${width}:h=${height}:flags=area,format=rgb24`)
    frame.timeBase = { num: 1, den: 25 } as Frame['timeBase']
    try {
      const frames = graph.processAllSync(frame)
      frames.push(...graph.flushFramesSync())
      const [small] = frames
      const [rows, stride] = [small?.data?.[0], small?.linesize[0] ?? 0]
      if (rows !== undefined) for (let row = 0; row < height && y + row < this.#height; row++) rows.copy(this.#pixels, ((y + row) * this.#width + x) * 3, row * stride, row * stride + Math.min(width, this.#width - x) * 3)
      for (const each of frames) each.free()
    } finally {
      graph.close()
    }
  }

  shown(turn: number, pixels: number): { poster: Buffer; hash: string } {
    const frame = Frame.fromVideoBuffer(this.#pixels, { width: this.#width, height: this.#height, format: AV_PIX_FMT_RGB24, pts: 0n, timeBase: { num: 1, den: 25 } })
    try {
      return { poster: posterOfFrame(frame, turn, pixels), hash: differenceHash(frame, turn) }
    } finally {
      frame.free()
    }
  }
}
