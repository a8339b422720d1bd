import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { InvalidInputError } from '#protocols/errors.ts'

/** Where a camera's picture and sound come from. */
export type SourceSpec =
  | TestSpec
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'rtsp'; readonly url: string }
  | { readonly kind: 'v4l2'; readonly device: string }
  | { readonly kind: 'screen'; readonly display: string }

/** A picture made here: moving test card with a clock to read, and a tone. */
export interface TestSpec {
  readonly kind: 'test'
  readonly width: number
  readonly height: number
  readonly fps: number
  /** Hz; 0 for no sound. */
  readonly tone: number
  /** Frames from keyframe to keyframe. */
  readonly gop: number
  /** Written into the picture. */
  readonly title: string
}

/** Size, rate and tone of `test` when it does not say otherwise; costs about a sixth of a core. */
export const DEFAULT_TEST = Object.freeze({ width: 1280, height: 720, fps: 30, tone: 440 })

const FORMS = 'test[?size=640x360&fps=30&tone=440&gop=30], file:PATH, rtsp://HOST/PATH, v4l2:/dev/videoN or screen[:DISPLAY]'

/** Read a `--source` value; `title` is the camera's name. @throws InvalidInputError that says what is allowed */
export function parseSource(text: string, title = ''): SourceSpec {
  if (text === 'test' || text.startsWith('test?')) return parseTest(text, title)
  if (text.startsWith('file:')) return { kind: 'file', path: parsePath(text) }
  if (/^rtsps?:\/\//.test(text)) return { kind: 'rtsp', url: parseRtspUrl(text) }
  if (text.startsWith('v4l2:')) return { kind: 'v4l2', device: parseDevice(text) }
  if (text === 'screen' || text.startsWith('screen:')) return { kind: 'screen', display: parseDisplay(text) }
  throw new InvalidInputError(`unknown source ${JSON.stringify(redact(text).slice(0, 80))}: use ${FORMS}`)
}

/** What a person calls the source, and all that is ever shown or sent of it: never a password or a query. */
export function sourceLabel(spec: SourceSpec): string {
  switch (spec.kind) {
    case 'test': return 'test'
    case 'file': return `file:${spec.path}`
    case 'v4l2': return `v4l2:${spec.device}`
    case 'screen': return spec.display === '' ? 'screen' : `screen${spec.display}`
    case 'rtsp': {
      const url = new URL(spec.url)
      return `${url.protocol}//${url.host}${url.pathname}`
    }
  }
}

/** The text without user names, passwords and queries of URLs in it. */
export function redact(text: string): string {
  return text.replace(/\b([a-z][a-z0-9+.-]*:\/\/)(?:[^\s"']*@)?([^\s?'"]*)(\?[^\s'"]*)?/gi, '$1$2')
}

function parseTest(text: string, title: string): TestSpec {
  const options = new URLSearchParams(text.slice('test?'.length))
  for (const key of options.keys()) {
    if (!['size', 'fps', 'tone', 'gop'].includes(key)) throw new InvalidInputError(`test source: unknown option ${JSON.stringify(key)}: use size, fps, tone or gop`)
  }
  const size = options.get('size') ?? `${DEFAULT_TEST.width}x${DEFAULT_TEST.height}`
  const [, width = NaN, height = NaN] = (/^(\d+)x(\d+)$/.exec(size) ?? []).map(Number)
  if (!(width >= 320 && width <= 1920 && height >= 180 && height <= 1080 && width % 2 === 0 && height % 2 === 0)) {
    throw new InvalidInputError(`test source: size ${size}: use an even WIDTHxHEIGHT from 320x180 to 1920x1080`)
  }
  const fps = integer(options, 'fps', DEFAULT_TEST.fps, 1, 60)
  return { kind: 'test', width, height, fps, tone: integer(options, 'tone', DEFAULT_TEST.tone, 0, 20_000), gop: integer(options, 'gop', fps, 1, 600), title }
}

function integer(options: URLSearchParams, key: string, fallback: number, least: number, most: number): number {
  const text = options.get(key)
  if (text === null) return fallback
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < least || value > most) throw new InvalidInputError(`test source: ${key} ${JSON.stringify(text)}: use ${least} to ${most}`)
  return value
}

function parsePath(text: string): string {
  const path = text.slice('file:'.length)
  if (path === '' || path.includes('\0')) throw new InvalidInputError('file source: no path after "file:"')
  return resolve(path)
}

function parseRtspUrl(text: string): string {
  const url = URL.parse(text)
  if (url === null || url.hostname === '') throw new InvalidInputError(`${JSON.stringify(redact(text))} is not a URL: use rtsp://[USER:PASSWORD@]HOST[:PORT]/PATH`)
  if (url.hostname.startsWith('[') && isIP(url.hostname.slice(1, -1)) !== 6) throw new InvalidInputError(`${JSON.stringify(redact(text))}: not an IPv6 address`)
  return text
}

function parseDevice(text: string): string {
  const device = text.slice('v4l2:'.length)
  if (!/^\/dev\/[\w./-]+$/.test(device) || device.includes('..')) throw new InvalidInputError(`v4l2 source: ${JSON.stringify(device)} is no device: use for example v4l2:/dev/video0`)
  return device
}

/** X displays are written `:0` or `:0.0`; an empty one means the environment's DISPLAY. */
function parseDisplay(text: string): string {
  const display = text.slice('screen'.length)
  if (display !== '' && !/^:\d+(\.\d+)?$/.test(display)) throw new InvalidInputError(`screen source: ${JSON.stringify(display)} is no display: use for example screen:0`)
  return display
}
