import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import type { RecordingList } from '#protocols/http.ts'
import { assertPlayable } from '../support/playable.ts'
import { launchBrowser } from '../support/whep-page.ts'
import type { Soak } from './soak.ts'

/** Longest stretch that is taken out as one file, in ms. */
const FILE_MS = 600_000
/** A browser that shows neither the first nor the last frame by then does not, in ms. */
const SHOWN_IN_MS = 120_000

interface Checked { decoded: number; shown: number; complaints: string[] }

/** Every stretch of every camera as a file, decoded whole by ffmpeg; of each camera the first and the last also shown by Chromium. */
export async function checkFiles(soak: Soak, lists: readonly RecordingList[]): Promise<Checked> {
  const checked: Checked = { decoded: 0, shown: 0, complaints: [] }
  const browser = await launchBrowser()
  try {
    const page = await browser.newPage()
    await page.goto(soak.lasting.url)
    for (const list of lists) {
      const ranges = rangesOf(list)
      for (const [at, range] of ranges.entries()) {
        const path = `/api/v1/cameras/${list.camera}/play?from=${Math.floor(range.fromMs)}&to=${Math.floor(range.toMs)}`
        const tried = await attempt(soak, path, at === 0 || at === ranges.length - 1 ? page : undefined)
        if (tried.complaint !== undefined) checked.complaints.push(`${path}: ${tried.complaint}`)
        checked.decoded += tried.decoded ? 1 : 0
        checked.shown += tried.shown ? 1 : 0
      }
    }
  } finally {
    await browser.close()
  }
  return checked
}

async function attempt(soak: Soak, path: string, page: Page | undefined): Promise<{ decoded: boolean; shown: boolean; complaint?: string }> {
  let decoded = false
  try {
    const file = join(soak.dir, 'stretch.mp4')
    await writeFile(file, await soak.ring.bytes(`${soak.lasting.url}${path}`))
    await assertPlayable(file)
    decoded = true
    if (page === undefined) return { decoded, shown: false }
    await showEnds(page, path)
    return { decoded, shown: true }
  } catch (err) {
    return { decoded, shown: false, complaint: (err instanceof Error ? err.message : String(err)).slice(0, 300) }
  }
}

/** Times, from the first span to the last, gaps included. */
function rangesOf({ spans }: RecordingList): Array<{ fromMs: number; toMs: number }> {
  const [from, to] = [spans[0]?.startMs ?? 0, spans.at(-1)?.endMs ?? 0]
  const count = Math.ceil((to - from) / FILE_MS)
  return Array.from({ length: count }, (_, i) => ({ fromMs: from + i * FILE_MS, toMs: Math.min(to, from + (i + 1) * FILE_MS) }))
}

/** Chromium decodes the first frame and the last. @throws Error when it does not */
async function showEnds(page: Page, path: string): Promise<void> {
  const failure = await page.evaluate(async ({ src, withinMs }) => {
    const video = document.createElement('video')
    document.body.append(video)
    const happens = (name: string): Promise<void> => new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no ${name} in ${withinMs / 1000} s`)), withinMs)
      video.addEventListener(name, () => { clearTimeout(late); resolve() }, { once: true })
      video.addEventListener('error', () => { clearTimeout(late); reject(new Error(video.error?.message ?? 'error')) }, { once: true })
    })
    try {
      const loaded = happens('loadeddata')
      Object.assign(video, { muted: true, preload: 'auto', src })
      await loaded
      const seeked = happens('seeked')
      video.currentTime = Math.max(0, video.duration - 0.05)
      await seeked
      return video.videoWidth > 0 ? '' : 'no picture'
    } catch (err) {
      return String(err)
    } finally {
      video.remove()
    }
  }, { src: path, withinMs: SHOWN_IN_MS })
  if (failure !== '') throw new Error(`Chromium: ${failure}`)
}
