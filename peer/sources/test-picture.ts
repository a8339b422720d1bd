import { CLOCK_COLUMNS, CLOCK_ROWS, clockCells } from './binary-clock.ts'
import { eachTextPixel, GLYPH_ADVANCE, GLYPH_HEIGHT } from './pixel-font.ts'

/** Paints test cards as planar YUV 4:2:0, limited range. */
export interface TestPicture {
  /** The card for this moment (Unix ms); the same buffer every time. */
  paint(unixMs: number): Buffer
}

type Colour = readonly [y: number, u: number, v: number]

const WHITE: Colour = [235, 128, 128]
const BLACK: Colour = [16, 128, 128]
/** SMPTE bars at 75 %, BT.709. */
const BARS: readonly Colour[] = [[180, 128, 128], [168, 44, 136], [145, 147, 44], [133, 63, 52], [63, 193, 204], [51, 109, 212], [28, 212, 120]]

/** The beginning of each full second. */
export const isFlash = (unixMs: number): boolean => unixMs % 1_000 < 100

/** A moving card: binary clock on top, title, date and running clock, colour bars, a bouncing block, a flash each full second. */
export function testPicture(width: number, height: number, title: string): TestPicture {
  // plain bytes: a Buffer's own fill() checks its arguments each time, and a picture takes thousands of small ones
  const pixels = new Uint8Array((width * height * 3) / 2)
  const background = new Uint8Array(pixels.length)
  const card = Buffer.from(pixels.buffer)
  const cell = width / CLOCK_COLUMNS
  const clockBottom = Math.ceil(cell * CLOCK_ROWS)
  const barsTop = even(height * 0.78)

  function fill(target: Uint8Array, x: number, y: number, w: number, h: number, [luma, u, v]: Colour): void {
    const left = Math.max(0, Math.round(x))
    const right = Math.min(width, Math.round(x + w))
    const top = Math.max(0, Math.round(y))
    const bottom = Math.min(height, Math.round(y + h))
    if (right <= left) return
    for (let row = top; row < bottom; row++) target.fill(luma, row * width + left, row * width + right)
    for (let row = top >> 1; row < (bottom + 1) >> 1; row++) {
      const start = width * height + (row * width) / 2
      target.fill(u, start + (left >> 1), start + ((right + 1) >> 1))
      target.fill(v, start + (width * height) / 4 + (left >> 1), start + (width * height) / 4 + ((right + 1) >> 1))
    }
  }

  function text(target: Uint8Array, line: string, y: number, scale: number): void {
    const left = Math.round((width - line.length * GLYPH_ADVANCE * scale) / 2)
    for (const [shift, colour] of [[Math.max(1, scale / 3), BLACK], [0, WHITE]] as const) {
      eachTextPixel(line, (dx, dy) => fill(target, left + dx * scale + shift, y + dy * scale + shift, scale, scale, colour))
    }
  }

  const hue = [...title].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 360, 0)
  for (let y = 0; y < height; y += 2) fill(background, 0, y, width, 2, tint(hue, 40 + (y / height) * 40))
  BARS.forEach((colour, i) => fill(background, (i * width) / BARS.length, barsTop, width / BARS.length + 1, height - barsTop, colour))
  const small = Math.max(2, Math.floor(Math.min(width / 320, height / 120)))
  text(background, title.slice(0, 24), clockBottom + height * 0.06, small)
  const large = Math.max(2, Math.floor((width * 0.8) / (12 * GLYPH_ADVANCE)))
  const clockTop = Math.round(height * 0.5 - (GLYPH_HEIGHT * large) / 2)

  return {
    paint(unixMs) {
      pixels.set(background)
      const block = Math.round(height / 10)
      const travel = bounce((unixMs % 4_000) / 4_000)
      fill(pixels, travel * (width - block), barsTop - block * 1.2, block, block, isFlash(unixMs) ? WHITE : BARS[1] as Colour)
      const iso = new Date(unixMs).toISOString()
      text(pixels, iso.slice(11, 23), clockTop, large)
      text(pixels, `${iso.slice(0, 10)} UTC`, clockTop - GLYPH_HEIGHT * small * 1.6, small)
      clockCells(unixMs).forEach((on, i) => {
        fill(pixels, (i % CLOCK_COLUMNS) * cell, Math.floor(i / CLOCK_COLUMNS) * cell, cell, cell, on ? WHITE : BLACK)
      })
      return card
    }
  }
}

const even = (value: number): number => Math.round(value / 2) * 2
const bounce = (phase: number): number => (phase < 0.5 ? phase * 2 : 2 - phase * 2)

function tint(hue: number, luma: number): Colour {
  const angle = (hue * Math.PI) / 180
  return [Math.round(luma), Math.round(128 + 18 * Math.cos(angle)), Math.round(128 + 18 * Math.sin(angle))]
}
