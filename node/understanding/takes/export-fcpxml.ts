import type { TakeAngleView, TakeView } from '#protocols/http.ts'

/** Frames of a take in which nothing says how many there are. @default 25 */
export const DEFAULT_FRAMES_PER_SECOND = 25

/** How long a frame lasts, as a fraction of a second: `1001/30000s`. */
type FrameLength = readonly [ticks: number, perSecond: number]

/**
 * A multicam clip for Final Cut Pro, DaVinci Resolve and Premiere (through converters): FCPXML 1.9. Each recording is an angle of its own, at its offset to the nearest frame; files are named
 * as they are downloaded, whatever people call them, to be found beside the document. Drift is a note: programs do not bend clips.
 */
export function fcpxmlOf(take: TakeView): string {
  const frame = frameLength(take.angles.find(({ framesPerSecond }) => framesPerSecond !== null)?.framesPerSecond ?? DEFAULT_FRAMES_PER_SECOND)
  const assets = take.angles.map((angle, i) => assetOf(angle, i, frame))
  const angles = take.angles.map((angle, i) => angleOf(angle, i, frame))
  const length = time(take.durationMs, frame)
  return ['<?xml version="1.0" encoding="UTF-8"?>', '<!DOCTYPE fcpxml>', '<fcpxml version="1.9">', '  <resources>',
    `    <format id="r0" frameDuration="${frame[0]}/${frame[1]}s" width="${take.angles[0]?.width || 1920}" height="${take.angles[0]?.height || 1080}"/>`, ...assets,
    `    <media id="m0" name="${xml(take.name)}">`, `      <multicam format="r0" tcStart="0s" tcFormat="NDF">`, ...angles, '      </multicam>', '    </media>', '  </resources>', '  <library>', `    <event name="${xml(take.name)}">`,
    `      <project name="${xml(take.name)}">`, `        <sequence format="r0" duration="${length}" tcStart="0s" tcFormat="NDF">`, '          <spine>', `            <mc-clip ref="m0" name="${xml(take.name)}" offset="0s" duration="${length}"/>`,
    '          </spine>', '        </sequence>', '      </project>', '    </event>', '  </library>', '</fcpxml>', ''].join('\n')
}

function assetOf({ title, name, recording, durationMs, hasSound, kind }: TakeAngleView, i: number, frame: FrameLength): string {
  const has = `${kind === 'video' ? ' hasVideo="1" format="r0"' : ''}${hasSound ? ' hasAudio="1" audioSources="1" audioChannels="2"' : ''}`
  return `    <asset id="r${i + 1}" name="${xml(title)}" uid="${recording}" start="0s" duration="${time(durationMs, frame)}"${has}><media-rep kind="original-media" src="./${xml(encodeURIComponent(name.toWellFormed()))}"/></asset>`
}

function angleOf({ title, offsetMs, driftPpm, durationMs }: TakeAngleView, i: number, frame: FrameLength): string {
  const gap = offsetMs < 1 ? '' : `<gap name="Gap" offset="0s" start="0s" duration="${time(offsetMs, frame)}"/>`
  const note = Math.abs(driftPpm) < 1 ? '' : `<note>Its clock runs ${driftPpm.toFixed(1)} ppm beside the take's</note>`
  return `        <mc-angle name="${xml(title)}" angleID="a${i + 1}">${gap}<asset-clip ref="r${i + 1}" name="${xml(title)}" offset="${time(offsetMs, frame)}" start="0s" duration="${time(durationMs, frame)}">${note}</asset-clip></mc-angle>`
}

const NTSC = 1001

function frameLength(framesPerSecond: number): FrameLength {
  const whole = Math.round(framesPerSecond)
  return Math.abs(framesPerSecond - whole) > 0.005 ? [NTSC, Math.max(1, whole) * 1000] : [1, Math.max(1, whole)]
}

/** In whole frames. */
function time(ms: number, [ticks, perSecond]: FrameLength): string {
  const frames = Math.round(Math.max(0, ms) / 1000 * perSecond / ticks)
  return frames === 0 ? '0s' : `${frames * ticks}/${perSecond}s`
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }
// oxlint-disable-next-line no-control-regex -- XML has no control characters
const xml = (text: string): string => text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '').replace(/[&<>"']/g, (each) => ESCAPES[each]!)
