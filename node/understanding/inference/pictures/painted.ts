/** Pictures made by code, the same everywhere, of which it is known what a model sees in them. */
import type { Picture } from '../inference.ts'

type Colour = readonly [red: number, green: number, blue: number]

/** Letters of five by seven dots, a row each, the leftmost dot the highest bit. */
const LETTERS: Readonly<Record<string, readonly number[]>> = {
  A: [14, 17, 17, 31, 17, 17, 17],
  D: [30, 17, 17, 17, 17, 17, 30],
  H: [17, 17, 17, 31, 17, 17, 17],
  M: [17, 27, 21, 21, 17, 17, 17],
  O: [14, 17, 17, 17, 17, 17, 14],
  P: [30, 17, 17, 30, 16, 16, 16],
  S: [15, 16, 16, 14, 1, 1, 30],
  T: [31, 4, 4, 4, 4, 4, 4],
  2: [14, 17, 1, 2, 4, 8, 31],
  4: [2, 6, 10, 18, 31, 2, 2],
  7: [31, 1, 2, 4, 8, 8, 8]
}

/** Whether there is ink at a place of a word, in dots from its upper left; letters are six apart. */
function isInk(word: string, x: number, y: number): boolean {
  const letter = LETTERS[word[Math.floor(x / 6)] ?? '']
  const [column, row] = [Math.floor(x) % 6, Math.floor(y)]
  return letter !== undefined && x >= 0 && column < 5 && row >= 0 && row < 7 && (letter[row]! >> (4 - column)) % 2 === 1
}

/** `colourAt`: of a place in pixels. Edges are smooth: of four places in each pixel the mean is taken. */
function painted(width: number, height: number, colourAt: (x: number, y: number) => Colour): Picture {
  const rgb = new Uint8Array(3 * width * height)
  for (let at = 0; at < width * height; at++) {
    const [x, y] = [at % width, Math.floor(at / width)]
    const four = [[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]].map(([right, down]) => colourAt(x + right!, y + down!))
    for (let i = 0; i < 3; i++) rgb[3 * at + i] = four.reduce((sum, colour) => sum + colour[i]!, 0) / 4
  }
  return { width, height, rgb }
}

/** MOST HATS 2477, white on dark blue. */
export const paintWords = (): Picture => painted(480, 160, (x, y) => isInk('MOST HATS 2477', (x - 30) / 5, (y - 60) / 5) ? [245, 245, 245] : [20, 30, 70])

/** A red sign with eight corners and a white rim on a post, before the sky and a road. */
export function paintSign(): Picture {
  return painted(400, 400, (x, y) => {
    const [right, down] = [Math.abs(x - 200), Math.abs(y - 160)]
    const out = Math.max(right, down, (right + down) / Math.SQRT2)
    if (out < 98) return isInk('STOP', (x - 132) / 6, (y - 139) / 6) || out > 88 ? [245, 245, 245] : [190, 20, 30]
    if (right < 7 && y > 160) return [120, 120, 125]
    return y < 300 ? [140 + y / 6, 180 + y / 8, 225] : [90, 95, 85]
  })
}

/** As much of a face as a child draws: a round head, eyes, brows, a nose and a mouth. */
export function paintFace(): Picture {
  const inside = (x: number, y: number, centreX: number, centreY: number, width: number, height: number): boolean => ((x - centreX) / width) ** 2 + ((y - centreY) / height) ** 2 < 1
  return painted(320, 320, (x, y) => {
    const mirrored = 160 + Math.abs(x - 160)
    if (inside(mirrored, y, 186, 145, 6, 6)) return [20, 15, 10]
    if (inside(mirrored, y, 186, 145, 15, 8)) return [245, 245, 240]
    if (inside(mirrored, y, 186, 124, 18, 4)) return [60, 40, 30]
    if (inside(x, y, 160, 180, 9, 7)) return [190, 135, 110]
    if (inside(x, y, 160, 208, 26, 7)) return [170, 70, 70]
    if (inside(x, y, 160, 165, 66, 85)) return [225 - Math.abs(x - 150) / 2, 175 - Math.abs(x - 150) / 2, 150 - Math.abs(x - 150) / 2]
    if (inside(x, y, 160, 145, 80, 92)) return [50, 35, 25]
    return y > 250 && inside(x, y, 160, 330, 120, 90) ? [60, 80, 120] : [150, 165, 170]
  })
}
