/// <reference lib="dom" />
import type { Browser } from 'playwright-core'
import { CLOCK_COLUMNS, CLOCK_ROWS, readBinaryClock } from '../../peer/sources/binary-clock.ts'
import { until } from '../support/until.ts'
import { keepConnections } from '../support/whep-page.ts'

/** One picture as a page showed it, in ms. */
export interface Shown {
  /** From the burnt-in clock to the moment the page could draw it. */
  readonly ageMs: number
  /** From the burnt-in clock to the arrival of its last packet in the browser. */
  readonly receivedMs: number
  /** Mean time in the jitter buffers and the decoder while the pictures were read. */
  readonly bufferMs: number
  readonly soundBufferMs: number
  readonly decodeMs: number
}

/** Longest the reading may take, in ms. @default 60000 */
const READ_MS = 60_000
/** Pictures shown before reading begins: the buffers of a new viewer find their depth in about so many. */
const SETTLE_FRAMES = 120

interface Raw { cells: boolean[]; nowMs: number; receivedMs: number; before: Counters; after: Counters }
interface Counters { buffer: number; emitted: number; decode: number; decoded: number; sound: number; soundEmitted: number }

/** How the wall of the page is set. */
export interface PageView {
  /** @default false */
  readonly lowDelay?: boolean
}

/** A node's live page in a browser, with the connections it makes kept for their statistics. */
export async function latencyPage(browser: Browser, url: string, { lowDelay = false }: PageView = {}): Promise<{ read(camera: string, frames: number): Promise<Shown[]>; close(): Promise<void> }> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  await keepConnections(page)
  await page.addInitScript((wall) => localStorage.setItem('thatdam.wall', JSON.stringify(wall)), { lowDelay })
  await page.goto(url)
  page.setDefaultTimeout(READ_MS)
  return {
    async read(camera, frames) {
      const selector = `[data-camera="${camera}"] video, video[data-camera="${camera}"]`
      await until(() => page.evaluate((at) => (document.querySelector<HTMLVideoElement>(at)?.videoWidth ?? 0) > 0, selector), `a picture of ${camera} at ${url}`)
      const raw = await page.evaluate(readFrames, { selector, frames, settle: SETTLE_FRAMES, columns: CLOCK_COLUMNS, rows: CLOCK_ROWS })
      return raw.flatMap((each) => shownOf(each) ?? [])
    },
    close: () => page.close()
  }
}

function shownOf({ cells, nowMs, receivedMs, before, after }: Raw): Shown | undefined {
  const clock = readBinaryClock(Uint8Array.from(cells, (on) => (on ? 255 : 0)), CLOCK_COLUMNS)
  if (clock === undefined) return undefined
  const mean = (sum: keyof Counters, count: keyof Counters): number => 1_000 * (after[sum] - before[sum]) / Math.max(1, after[count] - before[count])
  return {
    ageMs: nowMs - clock, receivedMs: receivedMs - clock,
    bufferMs: mean('buffer', 'emitted'), decodeMs: mean('decode', 'decoded'), soundBufferMs: mean('sound', 'soundEmitted')
  }
}

/** Runs in the page. */
async function readFrames({ selector, frames, settle, columns, rows }: { selector: string; frames: number; settle: number; columns: number; rows: number }): Promise<Raw[]> {
  const video = document.querySelector<HTMLVideoElement>(selector) as HTMLVideoElement
  const cell = video.videoWidth / columns
  const canvas = Object.assign(document.createElement('canvas'), { width: video.videoWidth, height: Math.ceil(cell * rows) })
  const context = canvas.getContext('2d', { willReadFrequently: true }) as CanvasRenderingContext2D
  const connection = (globalThis as unknown as { keptConnections: RTCPeerConnection[] }).keptConnections
    .find((each) => each.getReceivers().some(({ track }) => (video.srcObject as MediaStream).getTracks().includes(track))) as RTCPeerConnection

  async function counters(): Promise<Counters> {
    const all = [...(await connection.getStats()).values()] as Array<Record<string, number | string>>
    const of = (kind: string, field: string): number => Number(all.find((each) => each['type'] === 'inbound-rtp' && each['kind'] === kind)?.[field] ?? 0)
    return {
      buffer: of('video', 'jitterBufferDelay'), emitted: of('video', 'jitterBufferEmittedCount'), decode: of('video', 'totalDecodeTime'), decoded: of('video', 'framesDecoded'),
      sound: of('audio', 'jitterBufferDelay'), soundEmitted: of('audio', 'jitterBufferEmittedCount')
    }
  }

  const nextFrame = (): Promise<VideoFrameCallbackMetadata> => new Promise((resolve) => { video.requestVideoFrameCallback((_, metadata) => resolve(metadata)) })
  const found: Array<Pick<Raw, 'cells' | 'nowMs' | 'receivedMs'>> = []
  for (let i = 0; i < settle; i++) await nextFrame()
  const before = await counters()
  while (found.length < frames) {
    const metadata = await nextFrame()
    const nowMs = Date.now()
    const elapsed = performance.now() - (metadata.receiveTime ?? Number.NaN)
    context.drawImage(video, 0, 0, canvas.width, canvas.height, 0, 0, canvas.width, canvas.height)
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height)
    const cells = Array.from({ length: columns * rows }, (_, i) => {
      const x = Math.floor(((i % columns) + 0.5) * cell)
      const y = Math.floor((Math.floor(i / columns) + 0.5) * cell)
      return (data[(y * canvas.width + x) * 4 + 1] ?? 0) > 127
    })
    found.push({ cells, nowMs, receivedMs: nowMs - elapsed })
  }
  const after = await counters()
  return found.map((each) => ({ ...each, before, after }))
}
