import { execFileSync } from 'node:child_process'
import type { Picture } from '../../node/understanding/inference/inference.ts'

/** What comes with Debian's fontconfig, and so with its ffmpeg. */
export const PLAIN_FONT = '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf'

export interface DrawnText {
  readonly text: string
  readonly x: number
  readonly y: number
  /** In pixels. */
  readonly size: number
  /** @default 'white' */
  readonly colour?: string
  /** Behind it. */
  readonly board?: string
  /** @default PLAIN_FONT */
  readonly font?: string
}

export interface Drawing {
  readonly width: number
  readonly height: number
  /** A source of ffmpeg's lavfi, without its size. @default 'color=c=gray' */
  readonly ground?: string
  /** Filters between the ground and the texts, and after them. */
  readonly before?: string
  readonly after?: string
  readonly texts?: readonly DrawnText[]
}

/** A picture with words, by ffmpeg. */
export function drawnPicture({ width, height, ground = 'color=c=gray', before, after, texts = [] }: Drawing): Picture {
  const source = `${ground}${ground.includes('=') ? ':' : '='}s=${width}x${height}`
  const filters = [before, ...texts.map(drawtext), after, `scale=${width}:${height}`, 'format=rgb24'].filter((filter) => filter !== undefined)
  const rgb = execFileSync('/usr/bin/ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, '-frames:v', '1', '-vf', filters.join(','), '-f', 'rawvideo', 'pipe:1'], { maxBuffer: 256 * 1024 ** 2 })
  return { width, height, rgb }
}

/** A photograph, as it is or smaller. */
export function pictureOf(file: string, width: number, height: number): Picture {
  const rgb = execFileSync('/usr/bin/ffmpeg', ['-v', 'error', '-i', file, '-frames:v', '1', '-vf', `scale=${width}:${height}`, '-pix_fmt', 'rgb24', '-f', 'rawvideo', 'pipe:1'], { maxBuffer: 256 * 1024 ** 2 })
  return { width, height, rgb }
}

function drawtext({ text, x, y, size, colour = 'white', board, font = PLAIN_FONT }: DrawnText): string {
  const behind = board === undefined ? '' : `:box=1:boxborderw=${Math.round(size / 4)}:boxcolor=${board}`
  return `drawtext=fontfile=${font}:text='${escaped(text)}':expansion=none:x=${x}:y=${y}:fontsize=${size}:fontcolor=${colour}${behind}`
}

/** For a quoted value in a graph of filters: an apostrophe can not be quoted. */
const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll("'", '’').replaceAll(':', '\\:')
