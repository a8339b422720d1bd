/** Films made in code, of which it is known what moves and where: a textured ground, shapes on paths, noise, light, swaying leaves, shadows. Everything follows from a seed. */
import type { Box } from '../../node/understanding/analysis/analysis.ts'
import type { SmallPicture } from '../../node/understanding/motion/picture/frame.ts'
import { randomOf } from './random.ts'

export const WIDTH = 320
export const HEIGHT = 180
/** Pictures per second of a scene. */
export const RATE = 10

export interface SceneInit {
  readonly seed: number
  readonly things: number
  readonly seconds: number
  /** Standard deviation of each pixel. */
  readonly noise?: number
  /** The light goes up and down by this share, once in eight seconds. */
  readonly light?: number
  /** At half time a lamp is switched: so much darker or brighter. */
  readonly lamp?: number
  /** A third of the picture is leaves that sway by so many pixels. */
  readonly sway?: number
  /** Things throw a shadow. */
  readonly shadow?: boolean
  /** Things go on lines that cross. */
  readonly crossing?: boolean
}

export interface Truth { readonly thing: number; readonly box: Box }

interface Thing { x: number; y: number; readonly vx: number; readonly vy: number; readonly wave: number; readonly width: number; readonly height: number; readonly round: boolean; readonly colour: readonly [number, number, number]; readonly fromS: number }

/** Smooth spots of brightness, -1 to 1. */
function spots(random: () => number, cell: number): (x: number, y: number) => number {
  const side = 64
  const grid = Float32Array.from({ length: side * side }, () => random() * 2 - 1)
  const at = (x: number, y: number): number => grid[(((y % side) + side) % side) * side + (((x % side) + side) % side)]!
  return (x, y) => {
    const [gx, gy] = [x / cell, y / cell]
    const [left, top] = [Math.floor(gx), Math.floor(gy)]
    const [dx, dy] = [gx - left, gy - top]
    return (at(left, top) * (1 - dx) + at(left + 1, top) * dx) * (1 - dy) + (at(left, top + 1) * (1 - dx) + at(left + 1, top + 1) * dx) * dy
  }
}

/** Each in a lane of its own, unless they are to cross. */
function makeThing(random: () => number, { seconds, things, crossing = false }: SceneInit, place: number): Thing {
  const [width, height] = [14 + random() * 26, 14 + random() * 24]
  const bright = random() < 0.5
  const colour = [bright ? 170 + random() * 70 : 15 + random() * 40, 70 + random() * 116, 70 + random() * 116] as const
  const side = place % 2 === 0 ? 1 : -1
  const fromS = crossing ? 2.5 : 2 + random() * Math.max(0.1, seconds / 3)
  const speed = crossing ? (WIDTH + 60) / (seconds - 4) : 25 + random() * 35
  const lane = HEIGHT / things
  const y = crossing ? HEIGHT / 2 + (random() - 0.5) * 30 : lane * place + 2 + random() * Math.max(0, lane - height - 8)
  return { x: side === 1 ? -width : WIDTH, y, vx: side * speed, vy: 0, wave: random() * 5, width, height, round: random() < 0.5, colour, fromS }
}

/** Pictures in order, and what is to be seen of the things in each. */
export function* movingScene(init: SceneInit): Generator<{ atMs: number; picture: SmallPicture; truth: Truth[] }> {
  const { seed, seconds, noise = 3, light = 0, lamp = 0, sway = 0, shadow = false } = init
  const random = randomOf(seed)
  const [coarse, fine, leaves] = [spots(random, 40), spots(random, 6), spots(random, 5)]
  const things = Array.from({ length: init.things }, (_, i) => makeThing(random, init, i))
  const normal = Float32Array.from({ length: 65_536 }, () => (random() + random() + random() + random() - 2) * Math.sqrt(3))
  const ground = Float32Array.from({ length: WIDTH * HEIGHT }, (_, at) => 105 + 45 * coarse(at % WIDTH, Math.floor(at / WIDTH)) + 14 * fine(at % WIDTH, Math.floor(at / WIDTH)))
  const tint = Float32Array.from(ground, (_, at) => 124 + 6 * coarse(Math.floor(at / WIDTH), at % WIDTH))
  for (let frame = 0; frame < seconds * RATE; frame++) {
    const s = frame / RATE
    const gain = (1 + light * Math.sin((s / 8) * 2 * Math.PI)) * (1 + (s >= seconds / 2 ? lamp : 0))
    const shift = sway * Math.sin(s * 5.1) + sway * 0.5 * Math.sin(s * 11.3 + 1)
    const placed = things.filter(({ fromS }) => s >= fromS).map((thing) => {
      const t = s - thing.fromS
      return { thing, x: thing.x + thing.vx * t, y: thing.y + thing.vy * t + thing.wave * Math.sin(t * 1.3) }
    })
    const picture = { width: WIDTH, height: HEIGHT, y: new Uint8Array(WIDTH * HEIGHT), u: new Uint8Array(WIDTH * HEIGHT), v: new Uint8Array(WIDTH * HEIGHT) }
    let die = Math.floor(random() * normal.length)
    for (let at = 0; at < ground.length; at++) {
      const [x, y] = [at % WIDTH, Math.floor(at / WIDTH)]
      const isLeaf = sway > 0 && x > WIDTH * 0.62 && y < HEIGHT * 0.6
      let [luma, u, v] = isLeaf ? [90 + 55 * leaves(x + shift, y + shift * 0.3), 110, 120] : [ground[at]!, tint[at]!, 131]
      for (const { thing, x: left, y: top } of placed) {
        const [px, py] = [(x + 0.5 - left) / thing.width, (y + 0.5 - top) / thing.height]
        if (shadow && isIn(thing.round, px - 0.75, (py - 0.55) * 1.6)) luma *= 0.62
        if (isIn(thing.round, px, py)) [luma, u, v] = [thing.colour[0] + 12 * fine(x - left + 99, y - top), thing.colour[1], thing.colour[2]]
      }
      die = (die * 5 + 1 + 4 * (at & 3)) & 65_535
      picture.y[at] = Math.max(0, Math.min(255, Math.round(luma * gain + noise * normal[die]!)))
      picture.u[at] = Math.round(u + noise * 0.5 * normal[(die + 9_001) & 65_535]!)
      picture.v[at] = Math.round(v + noise * 0.5 * normal[(die + 31_337) & 65_535]!)
    }
    yield { atMs: Math.round(s * 1000), picture, truth: placed.flatMap(({ thing, x, y }) => clipped(things.indexOf(thing), x, y, thing)) }
  }
}

function isIn(round: boolean, x: number, y: number): boolean {
  return x >= 0 && x < 1 && y >= 0 && y < 1 && (!round || (x - 0.5) ** 2 + (y - 0.5) ** 2 <= 0.25)
}

/** What of it is in the picture, unless that is hardly anything. */
function clipped(thing: number, x: number, y: number, { width, height }: Pick<Thing, 'width' | 'height'>): Truth[] {
  const [left, top, right, bottom] = [Math.max(0, x), Math.max(0, y), Math.min(WIDTH, x + width), Math.min(HEIGHT, y + height)]
  if (right - left < width * 0.5 || bottom - top < height * 0.5) return []
  return [{ thing, box: [left / WIDTH, top / HEIGHT, (right - left) / WIDTH, (bottom - top) / HEIGHT] }]
}
