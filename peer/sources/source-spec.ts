import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { InvalidInputError } from '#protocols/errors.ts'
import { type Size, sourceOptions } from './source-options.ts'

/** Where a camera's picture and sound come from. */
export type SourceSpec =
  | TestSpec
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'rtsp'; readonly url: string }
  | V4l2Spec
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

/** A camera with a Linux driver. What is not said is as the driver has it; of a size or rate it does not offer it gives the nearest. */
export interface V4l2Spec {
  readonly kind: 'v4l2'
  /** `/dev/videoN`, or a lasting link to it as in `/dev/v4l/by-id/`. */
  readonly device: string
  readonly size?: Size
  readonly fps?: number
  /** What the camera is to send; when nothing is said H.264 if it can, else uncompressed. */
  readonly format?: V4l2Format
}

/** What a camera can be asked to send: `raw` is uncompressed. */
export const V4L2_FORMATS = ['h264', 'mjpeg', 'raw'] as const
export type V4l2Format = (typeof V4L2_FORMATS)[number]

/** Size, rate and tone of `test` when it does not say otherwise; costs about a sixth of a core. */
export const DEFAULT_TEST = Object.freeze({ width: 1280, height: 720, fps: 30, tone: 440 })

const FORMS = 'test[?size=640x360&fps=30&tone=440&gop=30], file:PATH, rtsp://HOST/PATH, v4l2:/dev/videoN[?size=1280x720&fps=30&format=mjpeg] or screen[:DISPLAY]'

/** Read a `--source` value; `title` is the camera's name. @throws InvalidInputError that says what is allowed */
export function parseSource(text: string, title = ''): SourceSpec {
  if (text === 'test' || text.startsWith('test?')) return parseTest(text, title)
  if (text.startsWith('file:')) return { kind: 'file', path: parsePath(text) }
  if (/^rtsps?:\/\//.test(text)) return { kind: 'rtsp', url: parseRtspUrl(text) }
  if (text.startsWith('v4l2:')) return parseV4l2(text)
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
  const options = sourceOptions('test', text.slice('test?'.length), ['size', 'fps', 'tone', 'gop'])
  const { width, height } = options.size({ width: 320, height: 180 }, { width: 1920, height: 1080 }) ?? DEFAULT_TEST
  const fps = options.integer('fps', 1, 60) ?? DEFAULT_TEST.fps
  return { kind: 'test', width, height, fps, tone: options.integer('tone', 0, 20_000) ?? DEFAULT_TEST.tone, gop: options.integer('gop', 1, 600) ?? fps, title }
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

function parseV4l2(text: string): V4l2Spec {
  const [device = '', ...rest] = text.slice('v4l2:'.length).split('?')
  if (!/^\/dev\/[\w.:+=@,/-]+$/.test(device) || device.includes('..')) throw new InvalidInputError(`v4l2 source: ${JSON.stringify(device)} is no device: use for example v4l2:/dev/video0`)
  const options = sourceOptions('v4l2', rest.join('?'), ['size', 'fps', 'format'])
  const size = options.size({ width: 16, height: 16 }, { width: 7680, height: 4320 })
  const fps = options.integer('fps', 1, 240)
  const format = options.oneOf('format', V4L2_FORMATS)
  return { kind: 'v4l2', device, ...(size && { size }), ...(fps && { fps }), ...(format && { format }) }
}

/** X displays are written `:0` or `:0.0`; an empty one means the environment's DISPLAY. */
function parseDisplay(text: string): string {
  const display = text.slice('screen'.length)
  if (display !== '' && !/^:\d+(\.\d+)?$/.test(display)) throw new InvalidInputError(`screen source: ${JSON.stringify(display)} is no display: use for example screen:0`)
  return display
}
