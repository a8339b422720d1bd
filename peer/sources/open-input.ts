import { Demuxer, DeviceAPI } from 'node-av/api'
import { onvifStreamUrl } from './onvif/stream-url.ts'
import { PIXEL_FORMATS } from './pixel-formats.ts'
import { whyNoStream } from './why-no-stream.ts'
import type { RtspSpec, SourceSpec, SrtSpec, TestSpec, V4l2Spec } from './source-spec.ts'

/** A camera that sends nothing for this long is given up, in ms. @default 5000 */
export const INPUT_SILENCE_MS = 5_000
/** Frames per second taken from a screen. @default 15 */
export const SCREEN_FPS = 15
/** How long is looked for all tracks of a stream before it is taken as it is, in µs. */
export const ANALYZE_US = 2_000_000
/** FFmpeg's names; `raw` is whichever it finds. */
const INPUT_FORMATS: Readonly<Record<string, string | undefined>> = { h264: 'h264', mjpeg: 'mjpeg', raw: undefined, ...PIXEL_FORMATS }

export type InputSpec = Exclude<SourceSpec, TestSpec>

/** Everything but a listener that has not been connected to. @throws Error that says what is wrong, in which no password is */
export async function openInput(spec: InputSpec): Promise<Demuxer> {
  try {
    return await openDemuxer(spec)
  } catch (err) {
    if (spec.kind === 'v4l2') throw new Error(whyNoCamera(spec.device, err as Error), { cause: err })
    if (spec.kind === 'rtsp' || spec.kind === 'rtmp' || spec.kind === 'srt') throw new Error(whyNoStream(spec, err as Error), { cause: err })
    if (spec.kind === 'screen') throw new Error(`cannot see the screen of display ${displayOf(spec.display)}: is an X server running there, and may we use it? (${(err as Error).message})`, { cause: err })
    throw err
  }
}

async function openDemuxer(spec: InputSpec): Promise<Demuxer> {
  switch (spec.kind) {
    case 'file': return Demuxer.open(spec.path, { copyTs: true })
    case 'rtsp': return openRtsp(spec)
    case 'onvif': return openInput({ kind: 'rtsp', url: await onvifStreamUrl(spec), transport: spec.transport })
    case 'rtmp': return Demuxer.open(spec.listen ? '' : spec.url, { copyTs: true, options: { rw_timeout: INPUT_SILENCE_MS * 1_000, analyzeduration: ANALYZE_US } })
    case 'srt': return openSrt(spec)
    case 'v4l2': return openCamera(spec)
    case 'screen': return DeviceAPI.openScreen({ frameRate: SCREEN_FPS, drawMouse: true, x11grab: { display: displayOf(spec.display) } })
  }
}

function openRtsp({ url, transport }: RtspSpec): Promise<Demuxer> {
  return Demuxer.open(url, { copyTs: true, options: { rtsp_transport: transport, timeout: INPUT_SILENCE_MS * 1_000, analyzeduration: ANALYZE_US } })
}

/** A listener returns when a sender with the right passphrase is there. */
export function openSrt({ host, port, listen, passphrase, streamId, latencyMs }: SrtSpec): Promise<Demuxer> {
  const secret = passphrase === undefined ? {} : { passphrase, enforced_encryption: 1 }
  const options = { mode: listen ? 'listener' : 'caller', timeout: INPUT_SILENCE_MS * 1_000, analyzeduration: ANALYZE_US, ...secret, ...(streamId !== undefined && { streamid: streamId }), ...(latencyMs !== undefined && { latency: latencyMs * 1_000 }) }
  return Demuxer.open(`srt://${host.includes(':') ? `[${host}]` : host}:${port}`, { copyTs: true, options })
}

/** A camera that sends H.264 is asked for it: nothing has to be encoded here then. */
async function openCamera(spec: V4l2Spec): Promise<Demuxer> {
  const { device, size, fps, format } = spec
  const open = (asked: string): Promise<Demuxer> =>
    DeviceAPI.openCamera({ videoDevice: device, ...size, ...(fps && { frameRate: fps }), formatOptions: { input_format: INPUT_FORMATS[asked] } })
  if (format !== undefined) return open(format)
  return open('h264').catch(() => open('raw'))
}

/** What a person can do about a camera that is refused. */
export function whyNoCamera(device: string, { message }: Error): string {
  if (/busy/i.test(message)) return `${device} is busy: another program uses it`
  if (/permission denied|not permitted/i.test(message)) return `${device} may not be opened: permission denied; add this user to the group "video"`
  if (/no space left/i.test(message)) return `${device} finds no room on its USB: another camera takes it; use a port of another controller, a smaller size or fps, or format=mjpeg`
  if (/input\/output error|protocol error/i.test(message)) return `${device} does not answer its driver: plug it out and in again, or into another port (${message})`
  if (/invalid argument/i.test(message)) return `${device} does not offer this format: leave out format, size and fps, or see thatdam peer devices (${message})`
  if (/inappropriate ioctl|not a video capture/i.test(message)) return `${device} is no camera: it gives no picture`
  if (/no such (file|device)/i.test(message)) return `${device} is gone`
  return `${device}: ${message}`
}

function displayOf(display: string): string {
  const chosen = display || process.env['DISPLAY']
  if (!chosen) throw new Error('no display: say which, for example screen:0, or set DISPLAY')
  return chosen
}
