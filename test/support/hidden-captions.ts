/** Films with captions beside their pictures (CEA-608 in A/53), written byte by byte. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isKeyframe, joinAnnexB, nalType, splitAnnexB } from '#protocols/rtp/h264.ts'
import { ffmpeg } from './ffmpeg.ts'

export const RATE = 30
export type Pair = readonly [a: number, b: number]
export const [RCL, BS, RU2, RDC, EDM, CR, ENM, EOC] = [0x20, 0x21, 0x25, 0x29, 0x2c, 0x2d, 0x2e, 0x2f]
const AUD = 9

/** A control code of the first channel of the first field, sent twice. */
export const command = (b: number, a = 0x14): Pair[] => [[a, b], [a, b]]
/** Row 14, or 15, from the left. */
export const row = (number: 14 | 15, channel = 0): Pair[] => command(number === 14 ? 0x40 : 0x60, 0x14 | channel << 3)

export function words(text: string): Pair[] {
  const codes = [...text].map((character) => character === 'é' ? 0x5c : character.charCodeAt(0))
  return Array.from({ length: Math.ceil(codes.length / 2) }, (_, i) => [codes[2 * i]!, codes[2 * i + 1] ?? 0] as const)
}

const odd = (byte: number): number => byte | (byte.toString(2).replaceAll('0', '').length % 2 === 0 ? 0x80 : 0)

/** What is said in each picture, from picture `at` on a pair each; nothing where nothing is. */
export function timed(scripts: ReadonlyArray<{ readonly at: number; readonly pairs: readonly Pair[] }>): Map<number, Pair> {
  return new Map(scripts.flatMap(({ at, pairs }) => pairs.map((pair, i) => [at + i, pair] as const)))
}

/** SEI of one picture: `cc_data` with one pair for either field. */
function sei([a, b]: Pair, field: 0 | 1): Buffer {
  const triplet = (type: 0 | 1): number[] => type === field ? [0xfc | type, odd(a), odd(b)] : [0xfc | type, 0x80, 0x80]
  const payload = [0xb5, 0x00, 0x31, 0x47, 0x41, 0x39, 0x34, 0x03, 0xc2, 0xff, ...triplet(0), ...triplet(1), 0xff]
  return Buffer.from([6, 4, payload.length, ...payload, 0x80])
}

/** `seconds` of film without B-frames, in MP4, with these beside its pictures. */
export function writeHiddenCaptions(folder: string, name: string, seconds: number, pairs: ReadonlyMap<number, Pair>, field: 0 | 1 = 0): string {
  const [raw, path] = [join(folder, `${name}.h264`), join(folder, name)]
  ffmpeg('-f', 'lavfi', '-i', `testsrc2=s=160x90:r=${RATE}:d=${seconds}`, '-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '0', '-g', String(RATE), '-x264-params', 'aud=1:slices=1', '-pix_fmt', 'yuv420p', raw)
  let picture = -1
  const nals = splitAnnexB(readFileSync(raw)).flatMap((nal) => {
    if (nalType(nal) === AUD) picture++
    const isPicture = nalType(nal) === 1 || isKeyframe([nal])
    return isPicture ? [sei(pairs.get(picture) ?? [0, 0], field), nal] : [nal]
  })
  writeFileSync(raw, joinAnnexB(nals))
  ffmpeg('-r', String(RATE), '-f', 'h264', '-i', raw, '-c', 'copy', path)
  return path
}

/** What FFmpeg's own decoder reads of them. */
export function readByFfmpeg(path: string): string {
  return execFileSync('/usr/bin/ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', `movie=${path}[out+subcc]`, '-map', '0:s', '-f', 'srt', '-'], { encoding: 'utf8' })
}
