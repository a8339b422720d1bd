/// <reference lib="dom" />
/** When a browser shows flashes and plays beeps that were one at the source. */
import type { Page } from 'playwright-core'
import { until } from './until.ts'
import { CLOCK_COLUMNS, CLOCK_ROWS, readBinaryClock } from '../../peer/sources/binary-clock.ts'

/** A picture as it was shown: when (ms of the page), what its burnt-in clock says if it has one, and whether it flashes. */
export interface ShownPicture { readonly atMs: number; readonly clockMs: number | undefined; readonly flash: boolean }

export interface Observed {
  readonly pictures: readonly ShownPicture[]
  /** When beeps begin to leave the browser, in ms of the page. */
  readonly beepsMs: readonly number[]
}

/** How far apart picture and sound may be (ITU-R BT.1359 finds 45 ms early and 125 ms late just noticed), ms. */
export const LIP_SYNC_MS = 40
/** A browser closes a gap in steps of at most 80 ms a second; a busy machine widens it now and then. */
const WINDOW_S = 5
const WINDOWS = 18
/** Beeps that make up a judgement. */
const ENOUGH = 3

/** Part of the picture's height in which test cards flash: nothing else there is white. */
const FLASH_ROW = 0.71
interface Raw { pictures: Array<{ atMs: number; cells: boolean[]; brightest: number }>; beepsMs: number[]; playoutMs: number }

/** Looks and listens for so long at a video element that plays with sound. */
export async function observe(page: Page, selector: string, seconds: number): Promise<Observed> {
  const raw = await page.evaluate(lookAndListen, { selector, seconds, columns: CLOCK_COLUMNS, rows: CLOCK_ROWS, flashRow: FLASH_ROW })
  return {
    pictures: raw.pictures.map(({ atMs, cells, brightest }) => ({ atMs, clockMs: readBinaryClock(Uint8Array.from(cells, (on) => (on ? 255 : 0)), CLOCK_COLUMNS), flash: brightest > 210 })),
    beepsMs: raw.beepsMs.map((atMs) => atMs + raw.playoutMs)
  }
}

/** Watches until picture and sound are in step for a whole window. @throws Error with what was measured when they never are */
export async function staysInStep(page: Page, selector: string, lateBy: (observed: Observed) => number[]): Promise<void> {
  const measured: string[] = []
  await until(() => page.evaluate((at) => (document.querySelector<HTMLVideoElement>(at)?.videoWidth ?? 0) > 0, selector), 'a picture')
  for (let window = 0; window < WINDOWS; window++) {
    const late = lateBy(await observe(page, selector, WINDOW_S))
    if (late.length >= ENOUGH && Math.abs(median(late)) <= LIP_SYNC_MS) return
    measured.push(late.map(Math.round).join(' '))
  }
  throw new Error(`the sound is late by so many ms, five seconds a line:\n${measured.join('\n')}`)
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN

/** By how much the sound is late, ms, for every beep with a picture whose clock can be read; source and clock beep at full seconds. */
export function lateByClock({ pictures, beepsMs }: Observed): number[] {
  return beepsMs.flatMap((atMs) => {
    const shown = pictures.findLast((picture) => picture.atMs <= atMs && picture.clockMs !== undefined)
    if (shown?.clockMs === undefined) return []
    const nowMs = shown.clockMs + atMs - shown.atMs
    return [nowMs - 1_000 * Math.round(nowMs / 1_000)]
  })
}

/** The same for pictures that flash as a whole. */
export function lateByFlash({ pictures, beepsMs }: Observed): number[] {
  const flashes = pictures.filter(({ flash }, i) => flash && i > 0 && !pictures[i - 1]!.flash)
  return beepsMs.flatMap((atMs) => {
    const nearest = flashes.toSorted((a, b) => Math.abs(a.atMs - atMs) - Math.abs(b.atMs - atMs))[0]
    return nearest === undefined || Math.abs(nearest.atMs - atMs) > 500 ? [] : [atMs - nearest.atMs]
  })
}

/** Runs in the page. */
async function lookAndListen({ selector, seconds, columns, rows, flashRow }: { selector: string; seconds: number; columns: number; rows: number; flashRow: number }): Promise<Raw> {
  const video = document.querySelector<HTMLVideoElement>(selector) as HTMLVideoElement
  const canvas = Object.assign(document.createElement('canvas'), { width: video.videoWidth, height: video.videoHeight })
  const context = canvas.getContext('2d', { willReadFrequently: true }) as CanvasRenderingContext2D
  const cell = video.videoWidth / columns
  const top = Math.ceil(cell * rows)
  const endMs = performance.now() + seconds * 1_000
  const pictures: Raw['pictures'] = []
  const beepsMs: number[] = []

  function look(_now: number, { expectedDisplayTime }: VideoFrameCallbackMetadata): void {
    context.drawImage(video, 0, 0)
    const { data } = context.getImageData(0, 0, canvas.width, top)
    const cells = Array.from({ length: columns * rows }, (_, i) => (data[(Math.floor((Math.floor(i / columns) + 0.5) * cell) * canvas.width + Math.floor(((i % columns) + 0.5) * cell)) * 4 + 1] ?? 0) > 127)
    const row = context.getImageData(0, Math.floor(canvas.height * flashRow), canvas.width, 1).data
    pictures.push({ atMs: expectedDisplayTime, cells, brightest: row.reduce((most, value, i) => i % 4 === 1 ? Math.max(most, value) : most, 0) })
    if (performance.now() < endMs) video.requestVideoFrameCallback(look)
  }
  video.requestVideoFrameCallback(look)

  const [track] = (video.srcObject as MediaStream).getAudioTracks()
  const { MediaStreamTrackProcessor: Processor } = globalThis as unknown as { MediaStreamTrackProcessor: new (init: { track: MediaStreamTrack | undefined }) => { readable: ReadableStream<AudioData> } }
  const reader = new Processor({ track }).readable.getReader()
  let loudMs = -Infinity
  let aheadMs = Infinity // of the page's clock over that of the sound; what is more was spent waiting for this loop
  while (performance.now() < endMs) {
    const { value: sound } = await reader.read()
    if (sound === undefined) break
    const nowMs = sound.timestamp / 1_000
    aheadMs = Math.min(aheadMs, performance.now() - nowMs)
    const samples = new Float32Array(sound.numberOfFrames)
    sound.copyTo(samples, { planeIndex: 0, format: 'f32-planar' })
    const first = samples.findIndex((sample) => Math.abs(sample) > 0.05)
    if (first >= 0 && nowMs - loudMs > 500) beepsMs.push(nowMs + 1_000 * first / sound.sampleRate)
    if (first >= 0) loudMs = nowMs
    sound.close()
  }
  await reader.cancel()
  const { keptConnections = [], pc = keptConnections.at(-1) } = globalThis as unknown as { keptConnections?: RTCPeerConnection[]; pc?: RTCPeerConnection }
  const stats = [...(await (pc as RTCPeerConnection).getStats()).values()] as Array<Record<string, number | string>>
  const playout = stats.find((each) => each['type'] === 'media-playout')
  return { pictures, beepsMs: beepsMs.map((atMs) => atMs + aheadMs), playoutMs: 1_000 * Number(playout?.['totalPlayoutDelay'] ?? 0) / Math.max(1, Number(playout?.['totalSamplesCount'] ?? 0)) }
}
