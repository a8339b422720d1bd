/** A picture in a terminal: as it is where the terminal shows pictures, else in half blocks of 24-bit colour. */
import { decodePicture } from '../understanding/moments/decode-picture.ts'
import type { Picture } from '../understanding/inference/inference.ts'

export type Drawing = 'kitty' | 'iterm' | 'blocks'

/** Columns a picture takes. @default 32 */
export const PICTURE_COLUMNS = 32
/** Largest picture that is fetched to be shown, in bytes. @default 8388608 */
export const MAX_SHOWN_BYTES = 8 * 1024 ** 2
/** Letters of base64 in one of kitty's sequences. @default 4096 */
const KITTY_PIECE = 4_096

/** How this terminal shows pictures; undefined: not at all. `asked`: also where it does not say that it can. */
export function drawingOf(env: Readonly<Record<string, string | undefined>>, asked: boolean, isTerminal: boolean): Drawing | undefined {
  if (!isTerminal && !asked) return undefined
  if (env['TERM'] === 'xterm-kitty' || env['KITTY_WINDOW_ID'] !== undefined || env['TERM_PROGRAM'] === 'ghostty') return 'kitty'
  if (env['TERM_PROGRAM'] === 'iTerm.app' || env['TERM_PROGRAM'] === 'WezTerm') return 'iterm'
  return asked || /truecolor|24bit/.test(env['COLORTERM'] ?? '') ? 'blocks' : undefined
}

/** What to write for a JPEG or PNG. @throws UnsupportedMediaError */
export async function showPicture(bytes: Uint8Array, drawing: Drawing): Promise<string> {
  if (drawing === 'iterm') return `\x1b]1337;File=inline=1;width=${PICTURE_COLUMNS};preserveAspectRatio=1;size=${bytes.byteLength}:${Buffer.from(bytes).toString('base64')}\x07`
  const picture = await decodePicture(bytes)
  return drawing === 'kitty' ? kitty(picture) : blocks(picture)
}

function kitty({ width, height, rgb }: Picture): string {
  const text = Buffer.from(rgb).toString('base64')
  const pieces = Array.from({ length: Math.ceil(text.length / KITTY_PIECE) }, (_, at) => text.slice(at * KITTY_PIECE, (at + 1) * KITTY_PIECE))
  return pieces.map((piece, at) => `\x1b_G${at === 0 ? `a=T,f=24,s=${width},v=${height},c=${PICTURE_COLUMNS},` : ''}m=${at === pieces.length - 1 ? 0 : 1};${piece}\x1b\\`).join('')
}

/** Two pixels in a character: the upper is its own colour, the lower what is behind it. */
export function blocks(picture: Picture, columns = PICTURE_COLUMNS): string {
  const width = Math.min(columns, picture.width)
  const rows = Math.max(1, Math.round(picture.height * width / picture.width / 2))
  const colour = (x: number, y: number): string => meanOf(picture, [x / width, (x + 1) / width], [y / (2 * rows), (y + 1) / (2 * rows)]).join(';')
  const line = (row: number): string => Array.from({ length: width }, (_, x) => `\x1b[38;2;${colour(x, 2 * row)}m\x1b[48;2;${colour(x, 2 * row + 1)}m▀`).join('')
  return Array.from({ length: rows }, (_, row) => `  ${line(row)}\x1b[0m`).join('\n')
}

/** Of a part, in shares of the picture. */
function meanOf({ width, height, rgb }: Picture, [left, right]: readonly [number, number], [top, bottom]: readonly [number, number]): [number, number, number] {
  const sum: [number, number, number] = [0, 0, 0]
  const [x0, y0] = [Math.min(width - 1, Math.floor(left * width)), Math.min(height - 1, Math.floor(top * height))]
  const [x1, y1] = [Math.max(x0 + 1, Math.floor(right * width)), Math.max(y0 + 1, Math.floor(bottom * height))]
  for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) for (const part of [0, 1, 2] as const) sum[part] += rgb[(y * width + x) * 3 + part]!
  return sum.map((value) => Math.round(value / ((x1 - x0) * (y1 - y0)))) as [number, number, number]
}
