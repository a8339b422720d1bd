/** A film with a track of GPS readings, one a second, as GoPro cameras write it (GPMF in samples of type `gpmd`: https://github.com/gopro/gpmf-parser). */
import { readFile, writeFile } from 'node:fs/promises'

/** Degrees of WGS 84 and metres. Without `locked` the receiver had no fix yet and the numbers mean nothing. */
export interface Reading {
  readonly latitude: number
  readonly longitude: number
  readonly altitude: number
  /** `yymmddhhmmss.sss`, UTC. */
  readonly clock: string
  readonly locked: boolean
}

const u32 = (...values: number[]): Buffer => { const bytes = Buffer.alloc(4 * values.length); values.forEach((value, i) => bytes.writeInt32BE(value | 0, 4 * i)); return bytes }
const u16 = (value: number): Buffer => { const bytes = Buffer.alloc(2); bytes.writeUInt16BE(value); return bytes }
const box = (type: string, ...parts: Buffer[]): Buffer => { const body = Buffer.concat(parts); return Buffer.concat([u32(body.length + 8), Buffer.from(type, 'latin1'), body]) }

/** Key, type, length of one value, how many, and the values, padded to four bytes. */
function entry(key: string, type: string, length: number, values: Buffer): Buffer {
  const padded = Buffer.alloc(Math.ceil(values.length / 4) * 4)
  values.copy(padded)
  return Buffer.concat([Buffer.from(key), Buffer.from(type, 'latin1'), Buffer.from([length]), u16(values.length / length), padded])
}

function sampleOf({ latitude, longitude, altitude, clock, locked }: Reading): Buffer {
  const stream = Buffer.concat([
    entry('GPSF', 'L', 4, u32(locked ? 3 : 0)), entry('GPSU', 'U', 16, Buffer.from(clock.padEnd(16, '0').slice(0, 16))), entry('SCAL', 'l', 4, u32(1e7, 1e7, 1000, 1000, 100)),
    entry('GPS5', 'l', 20, u32(latitude * 1e7, longitude * 1e7, altitude * 1000, 0, 0))
  ])
  return entry('DEVC', '\0', 1, entry('STRM', '\0', 1, stream))
}

function trackOf(samples: readonly Buffer[], id: number, offset: number): Buffer {
  const count = samples.length
  const stsd = box('stsd', u32(0, 1), box('gpmd', u32(0), u16(0), u16(1), u32(0)))
  const table = box('stbl', stsd, box('stts', u32(0, 1, count, 1_000)), box('stsc', u32(0, 1, 1, count, 1)), box('stsz', u32(0, 0, count, ...samples.map(({ length }) => length))), box('stco', u32(0, 1, offset)))
  const media = box('minf', box('gmhd', box('gmin', u32(0), Buffer.alloc(12))), box('dinf', box('dref', u32(0, 1), box('url ', u32(1)))), table)
  const handler = box('hdlr', u32(0), Buffer.from('mhlrmeta'), Buffer.alloc(12), Buffer.from('GoPro MET\0'))
  const head = box('tkhd', u32(7, 0, 0, id, 0, 1_000 * count, 0, 0, 0, 0, 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000, 0, 0))
  return box('trak', head, box('mdia', box('mdhd', u32(0, 0, 0, 1_000, 1_000 * count, 0)), handler, media))
}

/** Adds the track to a film whose `moov` comes last, as FFmpeg writes MP4. */
export async function writeTimedGps(film: string, to: string, readings: readonly Reading[]): Promise<void> {
  const bytes = await readFile(film)
  const at = bytes.lastIndexOf('moov') - 4
  const [before, moov] = [bytes.subarray(0, at), bytes.subarray(at + 8)]
  const samples = readings.map(sampleOf)
  const whole = (offset: number): Buffer => box('moov', moov, trackOf(samples, 9, offset))
  const offset = before.length + whole(0).length + 8
  await writeFile(to, Buffer.concat([before, whole(offset), box('mdat', ...samples)]))
}
