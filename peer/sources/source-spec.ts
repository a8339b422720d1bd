import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { InvalidInputError } from '#protocols/errors.ts'
import { isLoopback } from '#ring/base/loopback.ts'
import { type Size, sourceOptions } from './source-options.ts'

/** Where a camera's picture and sound come from. */
export type SourceSpec =
  | TestSpec
  | { readonly kind: 'file'; readonly path: string }
  | RtspSpec
  | RtmpSpec
  | SrtSpec
  | OnvifSpec
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
  /** The tone is heard only while the picture flashes, at the beginning of each second. */
  readonly beep: boolean
  /** Frames from keyframe to keyframe. */
  readonly gop: number
  /** Written into the picture. */
  readonly title: string
}

/** A network camera that is asked over RTSP. */
export interface RtspSpec {
  readonly kind: 'rtsp'
  /** With user and password, when it asks for them. */
  readonly url: string
  readonly transport: (typeof RTSP_TRANSPORTS)[number]
}

/** `listen`: a sender (OBS, FFmpeg, an encoder) connects here and says the key; otherwise the stream is fetched from a server. */
export type RtmpSpec =
  | { readonly kind: 'rtmp'; readonly listen: true; readonly host: string; readonly port: number; readonly app: string; readonly key: string }
  | { readonly kind: 'rtmp'; readonly listen: false; readonly url: string }

/** SRT as caller or listener; MPEG-TS inside. */
export interface SrtSpec {
  readonly kind: 'srt'
  readonly host: string
  readonly port: number
  readonly listen: boolean
  readonly passphrase?: string
  readonly streamId?: string
  /** What the receiver waits for lost packets, in ms. */
  readonly latencyMs?: number
}

/** A network camera that says over ONVIF where its RTSP stream is. */
export interface OnvifSpec {
  readonly kind: 'onvif'
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  /** Token or name of the profile; the first one with H.264 when nothing is said. */
  readonly profile: string
  readonly transport: (typeof RTSP_TRANSPORTS)[number]
}

/** How RTP of an RTSP camera comes: inside its connection, or as datagrams. */
export const RTSP_TRANSPORTS = ['tcp', 'udp'] as const

/** A camera with a Linux driver. What is not said is as the driver has it; of a size or rate it does not offer it gives the nearest. */
export interface V4l2Spec {
  readonly kind: 'v4l2'
  /** `/dev/videoN`, a lasting link to it as in `/dev/v4l/by-id/`, or a name: of such a link, or `usb-SERIAL`. */
  readonly device: string
  readonly size?: Size
  readonly fps?: number
  /** What the camera is to send, also as one of `PIXEL_FORMATS`; when nothing is said H.264 if it can, else uncompressed. */
  readonly format?: string
}

/** What a camera can be asked to send: `raw` is uncompressed. */
export const V4L2_FORMATS = ['h264', 'mjpeg', 'raw'] as const

/** Size, rate and tone of `test` when it does not say otherwise; costs about a sixth of a core. */
export const DEFAULT_TEST = Object.freeze({ width: 1280, height: 720, fps: 30, tone: 440, beep: 0 })

const FORMS = 'test[?size=640x360&fps=30&tone=440&beep=1&gop=30], file:PATH, rtsp://HOST/PATH[?transport=udp], onvif://USER:PASSWORD@HOST, rtmp://0.0.0.0:1935/live/KEY, srt://:9000?mode=listener, v4l2:/dev/videoN[?size=1280x720&fps=30&format=mjpeg] or screen[:DISPLAY]'

/** Read a `--source` value; `title` is the camera's name. @throws InvalidInputError that says what is allowed */
export function parseSource(text: string, title = ''): SourceSpec {
  if (text === 'test' || text.startsWith('test?')) return parseTest(text, title)
  if (text.startsWith('file:')) return { kind: 'file', path: parsePath(text) }
  if (/^rtsps?:\/\//.test(text)) return parseRtsp(text)
  if (/^rtmps?:\/\//.test(text)) return parseRtmp(text)
  if (text.startsWith('srt://')) return parseSrt(text)
  if (text.startsWith('onvif://')) return parseOnvif(text)
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
    case 'srt': return `srt://${hostPort(spec)}`
    case 'onvif': return `onvif://${hostPort(spec)}`
    case 'rtmp': return spec.listen ? `rtmp://${hostPort(spec)}/${spec.app}/…` : redact(spec.url)
    case 'rtsp': {
      const url = new URL(spec.url)
      return `${url.protocol}//${url.host}${url.pathname.replace(LOGIN_IN_PATH, '…')}`
    }
  }
}

const hostPort = ({ host, port }: { host: string; port: number }): string => `${host.includes(':') ? `[${host}]` : host}:${port}`

/** Many recorders take user and password inside the path: `/user=admin&password=SECRET&channel=1`. */
const LOGIN_IN_PATH = /(?:user|usr|pass|pwd|token|secret|key|auth)[a-z]*=.*$/i

/** The text without user names, passwords and queries of URLs in it, and without the last part of an RTMP address, which is its key. */
export function redact(text: string): string {
  return text.replace(/\b(rtmp\w*:\/\/[^\s"']*\/)[^\s"'/]+/gi, (whole, before: string) => (/^\w+:\/\/$/.test(before) ? whole : `${before}…`)).replace(/\b([a-z][a-z0-9+.-]*:\/\/)(?:\S*@)?([^\s?'"]*)(\?[^\s'"]*)?/gi, (_, scheme: string, place: string) => scheme + place.replace(LOGIN_IN_PATH, '…'))
}

function parseTest(text: string, title: string): TestSpec {
  const options = sourceOptions('test', text.slice('test?'.length), ['size', 'fps', 'tone', 'beep', 'gop'])
  const { width, height } = options.size({ width: 320, height: 180 }, { width: 1920, height: 1080 }) ?? DEFAULT_TEST
  const fps = options.integer('fps', 1, 60) ?? DEFAULT_TEST.fps
  return { kind: 'test', width, height, fps, tone: options.integer('tone', 0, 20_000) ?? DEFAULT_TEST.tone, beep: (options.integer('beep', 0, 1) ?? DEFAULT_TEST.beep) === 1, gop: options.integer('gop', 1, 600) ?? fps, title }
}

function parsePath(text: string): string {
  const path = text.slice('file:'.length)
  if (path === '' || path.includes('\0')) throw new InvalidInputError('file source: no path after "file:"')
  return resolve(path)
}

function parseRtsp(text: string): RtspSpec {
  checkLogin(text, addressOf(text, 'rtsp://[USER:PASSWORD@]HOST[:PORT]/PATH[?transport=udp]'))
  const transport = /[?&]transport=([^&#]*)/.exec(text)?.[1] ?? 'tcp'
  // a query of the camera's own stays as it is
  const url = text.replace(/([?&])transport=[^&#]*(&?)/, (_, before: string, after: string) => (after === '' ? '' : before))
  return { kind: 'rtsp', url, transport: transportOf('rtsp', transport) }
}

function transportOf(kind: string, text: string): RtspSpec['transport'] {
  const found = RTSP_TRANSPORTS.find((one) => one === text)
  if (found === undefined) throw new InvalidInputError(`${kind} source: transport ${JSON.stringify(text)}: use tcp or udp`)
  return found
}

/** A URL with a host. @throws InvalidInputError */
function addressOf(text: string, form: string): URL {
  const url = URL.parse(text)
  if (text.includes('#')) throw new InvalidInputError('source: a # in an address is written %23')
  if (url === null || url.hostname === '') throw new InvalidInputError(`${JSON.stringify(redact(text))} is not a URL: use ${form}${text.includes('@') ? `, with ${ESCAPES} in user name and password` : ''}`)
  if (url.hostname.startsWith('[') && isIP(url.hostname.slice(1, -1)) !== 6) throw new InvalidInputError(`${JSON.stringify(redact(text))}: not an IPv6 address`)
  return url
}

const ESCAPES = '@ / ? % written as %40 %2F %3F %25'

/** What ends a host inside a password would make a host and a path of it, and those are shown. @throws InvalidInputError */
function checkLogin(text: string, { username, password }: URL): void {
  if (username === '' && password === '' && text.includes('@')) throw new InvalidInputError(`source: there is an @ after the host; user name and password stand before it, with ${ESCAPES}`)
}

/** @throws InvalidInputError when a % is followed by something else than two digits */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new InvalidInputError('source: a % in an address is written %25')
  }
}

/** `scheme://:PORT` means every address of this machine. */
const anyHost = (text: string): string => text.replace(/^(\w+:\/\/):/, '$10.0.0.0:')
const bareHost = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '')
const isAnyAddress = (host: string): boolean => host === '0.0.0.0' || host === '::'

function parseRtmp(text: string): RtmpSpec {
  const url = addressOf(anyHost(text), 'rtmp://0.0.0.0:1935/live/KEY to be sent to, rtmp://HOST/APP/STREAM to fetch')
  const host = bareHost(url)
  if (!isAnyAddress(host) && url.searchParams.get('listen') !== '1') return { kind: 'rtmp', listen: false, url: text }
  if (url.protocol !== 'rtmp:') throw new InvalidInputError('rtmp source: this peer cannot listen with TLS: use rtmp://, or SRT with a passphrase')
  const [app = '', key = '', ...more] = url.pathname.slice(1).split('/').map(decoded)
  if (app === '' || key.length < 6 || key.length > 128 || more.length > 0) throw new InvalidInputError('rtmp source: use rtmp://0.0.0.0:1935/live/KEY with a KEY of 6 to 128 characters, which the sender has to know')
  return { kind: 'rtmp', listen: true, host, port: url.port === '' ? 1_935 : Number(url.port), app, key }
}

function parseSrt(text: string): SrtSpec {
  const url = addressOf(anyHost(text), 'srt://0.0.0.0:9000?mode=listener&passphrase=SECRET to be sent to, srt://HOST:PORT to fetch')
  const options = sourceOptions('srt', url.search.slice(1), ['mode', 'passphrase', 'streamid', 'latency'])
  const host = bareHost(url)
  const listen = (options.oneOf('mode', ['listener', 'caller']) ?? (isAnyAddress(host) ? 'listener' : 'caller')) === 'listener'
  const passphrase = url.searchParams.get('passphrase')
  const streamId = url.searchParams.get('streamid')
  const latencyMs = options.integer('latency', 20, 10_000)
  if (url.port === '') throw new InvalidInputError('srt source: say the port, for example srt://:9000?mode=listener')
  if (isAnyAddress(host) && !listen) throw new InvalidInputError('srt source: say whom to call: srt://HOST:PORT')
  if (passphrase !== null && !/^[\x20-\x7e]{10,79}$/.test(passphrase)) throw new InvalidInputError('srt source: a passphrase has 10 to 79 characters')
  if (listen && passphrase === null && !isLoopback(host)) throw new InvalidInputError('srt source: anybody could send: add &passphrase=SECRET (10 to 79 characters)')
  return { kind: 'srt', host, port: Number(url.port), listen, ...(passphrase !== null && { passphrase }), ...(streamId !== null && { streamId }), ...(latencyMs && { latencyMs }) }
}

function parseOnvif(text: string): OnvifSpec {
  const url = addressOf(text, 'onvif://[USER:PASSWORD@]HOST[:PORT][/PROFILE]')
  checkLogin(text, url)
  const [profile = ''] = url.pathname.slice(1).split('/').map(decoded)
  const transport = transportOf('onvif', url.searchParams.get('transport') ?? 'tcp')
  return { kind: 'onvif', host: bareHost(url), port: url.port === '' ? 80 : Number(url.port), user: decoded(url.username), password: decoded(url.password), profile, transport }
}

function parseV4l2(text: string): V4l2Spec {
  const [device = '', ...rest] = text.slice('v4l2:'.length).split('?')
  const isName = /^(usb|pci|platform)-[\w.:+=@,-]+$/.test(device)
  if (!isName && (!/^\/dev\/[\w.:+=@,/-]+$/.test(device) || device.includes('..'))) throw new InvalidInputError(`v4l2 source: ${JSON.stringify(device)} is no device: use for example v4l2:/dev/video0 or v4l2:usb-SERIAL`)
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
