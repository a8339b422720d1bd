/** A tiled HEIF picture as iPhones write them, of tiles that FFmpeg encodes: what no program at hand writes by itself. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const TILE = 128

const u8 = (...values: number[]): Buffer => Buffer.from(values)
const u16 = (...values: number[]): Buffer => Buffer.concat(values.map((value) => { const bytes = Buffer.alloc(2); bytes.writeUInt16BE(value); return bytes }))
const u32 = (...values: number[]): Buffer => Buffer.concat(values.map((value) => { const bytes = Buffer.alloc(4); bytes.writeUInt32BE(value); return bytes }))
const box = (type: string, ...parts: Buffer[]): Buffer => { const body = Buffer.concat(parts); return Buffer.concat([u32(body.length + 8), Buffer.from(type, 'latin1'), body]) }
const full = (type: string, version: number, flags: number, ...parts: Buffer[]): Buffer => box(type, u32(version * 2 ** 24 + flags), ...parts)

/** The one picture of an MP4: its decoder configuration and its bytes. */
function encodeTile(folder: string, colour: string): { hvcC: Buffer; data: Buffer } {
  const path = join(folder, `${colour}.mp4`)
  execFileSync('/usr/bin/ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', `color=${colour}:s=${TILE}x${TILE}:d=1`, '-frames:v', '1', '-c:v', 'libx265', '-x265-params', 'log-level=none:info=0', '-pix_fmt', 'yuv420p', '-tag:v', 'hvc1', path])
  const bytes = readFileSync(path)
  const inner = (type: string): Buffer => { const at = bytes.indexOf(type); return bytes.subarray(at + 4, at - 4 + bytes.readUInt32BE(at - 4)) }
  return { hvcC: inner('hvcC'), data: inner('mdat') }
}

/** Two by two tiles: red and green over blue and white, cropped to `width` x `height`, turned by `turns` quarters against the clock. */
export function writeHeifGrid(path: string, { width = 240, height = 200, turns = 0, lose = 0 } = {}): void {
  const folder = mkdtempSync(join(tmpdir(), 'thatdam-grid-'))
  const tiles = ['red', 'green', 'blue', 'white'].map((colour) => encodeTile(folder, colour))
  rmSync(folder, { recursive: true })
  const GRID = 9
  const grid = Buffer.concat([u8(0, 0, 1, 1), u16(width, height)])
  const item = (id: number, type: string, flags: number): Buffer => full('infe', 2, flags, u16(id, 0), Buffer.from(`${type}\0`, 'latin1'))
  const build = (dataAt: number): Buffer => {
    let at = dataAt
    const places = tiles.map(({ data }, i) => { const entry = Buffer.concat([u16(i + 1, 0, 0, 1), u32(at, data.length)]); at += data.length; return entry })
    return full('meta', 0, 0,
      full('hdlr', 0, 0, u32(0), Buffer.from('pict'), u32(0, 0, 0), u8(0)),
      full('pitm', 0, 0, u16(GRID)),
      full('iloc', 1, 0, u8(0x44, 0), u16(5), ...places, Buffer.concat([u16(GRID, 1, 0, 1), u32(0, grid.length)])),
      full('iinf', 0, 0, u16(5), ...tiles.map((_, i) => item(i + 1, 'hvc1', 1)), item(GRID, 'grid', 0)),
      full('iref', 0, 0, box('dimg', u16(GRID, 4, 1, 2, 3, 4))),
      box('iprp',
        box('ipco', ...tiles.map(({ hvcC }) => box('hvcC', hvcC)), full('ispe', 0, 0, u32(TILE, TILE)), full('ispe', 0, 0, u32(width, height)), box('irot', u8(turns))),
        full('ipma', 0, 0, u32(5), ...tiles.map((_, i) => Buffer.concat([u16(i + 1), u8(2, 0x80 | (i + 1), 5)])), Buffer.concat([u16(GRID), u8(2, 6, 0x80 | 7)]))),
      box('idat', grid))
  }
  const ftyp = box('ftyp', Buffer.from('heic'), u32(0), Buffer.from('mif1heic'))
  const meta = build(0)
  const mdat = box('mdat', ...tiles.map(({ data }) => data))
  const whole = Buffer.concat([ftyp, build(ftyp.length + meta.length + 8), mdat])
  writeFileSync(path, lose === 0 ? whole : whole.fill(0xff, whole.length - lose))
}
