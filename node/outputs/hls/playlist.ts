/** A window as a media playlist (RFC 8216bis). No I/O. */
import { type HlsSegment, type HlsWindow, secondsOf, TARGET_SECONDS } from './hls-window.ts'

/** Parts a player stays behind the newest (section 4.4.3.8 asks for three). */
const HOLD_BACK_PARTS = 3
/** Parts are listed for so many of the last segments: about three target durations. */
const SEGMENTS_WITH_PARTS = 4

export function playlistOf({ listed, partTarget }: Pick<HlsWindow, 'listed' | 'partTarget'>): string {
  const [first] = listed
  const head = [
    '#EXTM3U', '#EXT-X-VERSION:9', `#EXT-X-TARGETDURATION:${TARGET_SECONDS}`,
    `#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,HOLD-BACK=${TARGET_SECONDS * 3},PART-HOLD-BACK=${fixed(partTarget * HOLD_BACK_PARTS)}`,
    `#EXT-X-PART-INF:PART-TARGET=${fixed(partTarget)}`,
    `#EXT-X-MEDIA-SEQUENCE:${first?.sequence ?? 0}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${first === undefined ? 0 : first.discontinuities - Number(first.isDiscontinuous)}`
  ]
  const body = listed.flatMap((segment, i) => segmentLines(segment, listed[i - 1], { isWhole: i < listed.length - 1, hasParts: i >= listed.length - SEGMENTS_WITH_PARTS }))
  return `${[...head, ...body].join('\n')}\n`
}

function segmentLines(segment: HlsSegment, before: HlsSegment | undefined, { isWhole, hasParts }: { isWhole: boolean; hasParts: boolean }): string[] {
  const { sequence, init, startMs, isDiscontinuous, parts } = segment
  return [
    ...isDiscontinuous ? ['#EXT-X-DISCONTINUITY'] : [],
    ...before?.init === init ? [] : [`#EXT-X-MAP:URI="init-${init}.mp4"`],
    `#EXT-X-PROGRAM-DATE-TIME:${new Date(startMs).toISOString()}`,
    ...hasParts ? parts.map(({ seconds, key }, i) => `#EXT-X-PART:DURATION=${fixed(seconds)},URI="part-${sequence}-${i}.m4s"${key ? ',INDEPENDENT=YES' : ''}`) : [],
    ...isWhole ? [`#EXTINF:${fixed(secondsOf(segment))},`, `segment-${sequence}.m4s`] : []
  ]
}

const fixed = (seconds: number): string => seconds.toFixed(5)
