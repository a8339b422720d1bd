/** Small valid media files of random content, so that each is an asset of its own. */
import { crc32, deflateSync } from 'node:zlib'
import type { Random } from './random.ts'

export interface MadeFile { readonly name: string; readonly bytes: Buffer }

/** Mostly small pictures, sometimes a sound of several chunks. */
export function makeFile(random: Random, label: string): MadeFile {
  if (random.chance(0.12)) return { name: `${label}.wav`, bytes: makeWav(random, random.between(600_000, 1_300_000)) }
  const side = random.between(16, 160)
  return { name: `${label}.png`, bytes: makePng(random, side, side) }
}

/** RGB noise (PNG, ISO/IEC 15948). */
export function makePng(random: Random, width: number, height: number): Buffer {
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 2, 0, 0, 0], 8) // 8 bits, RGB
  const row = 1 + width * 3
  const pixels = random.bytes(row * height)
  for (let y = 0; y < height; y++) pixels[y * row] = 0 // no filter
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), section('IHDR', head), section('IDAT', deflateSync(pixels, { level: 1 })), section('IEND', Buffer.alloc(0))])
}

function section(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const ends = Buffer.alloc(8)
  ends.writeUInt32BE(data.length, 0)
  ends.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)])
}

/** Stereo noise of 16 bits, 48 kHz. */
export function makeWav(random: Random, samples: number): Buffer {
  const size = samples * 2
  const head = Buffer.alloc(44)
  head.write('RIFF', 0, 'latin1')
  head.writeUInt32LE(36 + size, 4)
  head.write('WAVEfmt ', 8, 'latin1')
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20) // PCM
  head.writeUInt16LE(2, 22)
  head.writeUInt32LE(48_000, 24)
  head.writeUInt32LE(192_000, 28)
  head.writeUInt16LE(4, 32)
  head.writeUInt16LE(16, 34)
  head.write('data', 36, 'latin1')
  head.writeUInt32LE(size, 40)
  return Buffer.concat([head, random.bytes(size)])
}
