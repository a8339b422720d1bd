/// <reference lib="dom" />
/** A node, a camera and browsers, each on a machine of its own, with cables that delay and lose. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import type { CameraList, InviteView } from '#protocols/http.ts'
import { farBrowser } from './far-browser.ts'
import { Thatdam } from './processes.ts'
import { TestNetwork } from './test-network.ts'
import { until } from './until.ts'
import { keepConnections } from './whep-page.ts'

/** Where the node serves, the camera is, one browser watches, and another publishes. */
export const MACHINES = ['studio', 'lens', 'couch', 'desk'] as const
export type Machine = typeof MACHINES[number]
const HTTP_PORT = 8080

/** What a page has counted so far of a camera it watches. */
export interface Seen {
  readonly frames: number
  readonly freezes: number
  readonly frozenMs: number
  readonly nacks: number
  readonly plis: number
  readonly lost: number
  readonly packets: number
  /** When pictures were shown, Unix ms, since the page was opened. */
  readonly shownMs: readonly number[]
}

export class FarLive {
  readonly network = new TestNetwork(MACHINES)
  readonly #dir = mkdtempSync(join(tmpdir(), 'thatdam-far-'))
  readonly #processes: Thatdam[] = []
  readonly #browsers: Array<{ close(): Promise<void> }> = []
  #token = ''

  get url(): string { return `http://${this.network.address('studio')}:${HTTP_PORT}` }

  /** The node is up. */
  async start(): Promise<void> {
    const node = this.#run(['node', '--data', join(this.#dir, 'studio'), '--name', 'studio', '--http', `${this.network.address('studio')}:${HTTP_PORT}`, '--listen', `/ip4/${this.network.address('studio')}/tcp/4001`, '--auth', '--no-mdns', '--json'], 'studio')
    await node.event('ready')
    this.#token = await until(() => /Admin token.*: (\S+)/.exec(node.stderr)?.[1], 'the node says its token')
  }

  /** A camera peer on its machine is live. */
  async camera(id: string, source: string): Promise<void> {
    const { invite } = await this.#api<InviteView>('POST', '/invites', { role: 'peer' })
    await this.#run(['peer', '--join', invite, '--camera', id, '--source', source, '--http', '127.0.0.1:0', '--json'], 'lens').event('ready')
    await this.live(id)
  }

  live(id: string): Promise<unknown> {
    return until(async () => (await this.#api<CameraList>('GET', '/cameras')).cameras.some((camera) => camera.id === id && camera.live), `${id} is live`)
  }

  /** What the camera sends, on average. */
  async bitsPerSecond(id: string): Promise<number> {
    return until(async () => (await this.#api<CameraList>('GET', '/cameras')).cameras.find((camera) => camera.id === id)?.bitsPerSecond, `${id} has a rate`)
  }

  /** A number of the node's metrics, without the prefix of their names. */
  async metric(name: string): Promise<number> {
    const text = await this.#text('GET', '/metrics')
    return Number(text.split('\n').find((line) => line.startsWith(`thatdam_${name} `))?.split(' ').at(-1))
  }

  /** A browser on a machine, signed in, that keeps its connections for their statistics. */
  async page(machine: Machine, more: readonly string[] = []): Promise<Page> {
    const far = await farBrowser(this.network.on(machine), [`--unsafely-treat-insecure-origin-as-secure=${this.url}`, ...more])
    this.#browsers.push(far)
    return this.#open(far.browser)
  }

  async end(): Promise<void> {
    for (const far of this.#browsers) await far.close().catch(() => {})
    await Promise.all(this.#processes.filter(({ running }) => running).map((process) => process.stop()))
    this.network.remove()
    rmSync(this.#dir, { recursive: true, force: true })
  }

  async #open(browser: Browser): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, permissions: ['camera', 'microphone'], extraHTTPHeaders: { authorization: `Bearer ${this.#token}` } })
    const page = await context.newPage()
    page.setDefaultTimeout(60_000)
    await keepConnections(page)
    return page
  }

  #run(args: string[], machine: Machine): Thatdam {
    const started = new Thatdam(args, this.network.on(machine))
    this.#processes.push(started)
    return started
  }

  async #api<T>(method: string, path: string, body?: unknown): Promise<T> { return JSON.parse(await this.#text(method, `/api/v1${path}`, body)) as T }

  #text(method: string, path: string, body?: unknown): Promise<string> { return this.network.ask('studio', { method, url: `${this.url}${path}`, body, token: this.#token }) }
}

/** From now on the page notes when its pictures are shown. Call once it shows one. */
export async function watchPictures(page: Page, camera: string): Promise<void> {
  const selector = `video[data-camera="${camera}"]`
  await until(() => page.evaluate((at) => (document.querySelector<HTMLVideoElement>(at)?.videoWidth ?? 0) > 0, selector), `a picture of ${camera}`, 60_000)
  await page.evaluate((at) => {
    const video = document.querySelector<HTMLVideoElement>(at) as HTMLVideoElement
    const shownMs: number[] = []
    Object.assign(globalThis, { shownMs })
    const note = (): void => {
      shownMs.push(Date.now())
      video.requestVideoFrameCallback(note)
    }
    video.requestVideoFrameCallback(note)
  }, selector)
}

/** The newest connection's counters of what it receives. */
export function seen(page: Page): Promise<Seen> {
  return page.evaluate(async () => {
    const { keptConnections, shownMs } = globalThis as unknown as { keptConnections: RTCPeerConnection[]; shownMs: number[] }
    const all = [...(await keptConnections.at(-1)!.getStats()).values()] as Array<Record<string, number | string>>
    const video = all.find((each) => each['type'] === 'inbound-rtp' && each['kind'] === 'video')
    const of = (field: string): number => Number(video?.[field] ?? 0)
    return {
      frames: of('framesDecoded'), freezes: of('freezeCount'), frozenMs: 1_000 * of('totalFreezesDuration'), nacks: of('nackCount'), plis: of('pliCount'),
      lost: of('packetsLost'), packets: of('packetsReceived'), shownMs
    }
  })
}

/** From `sinceMs` (Unix ms) until pictures move evenly again: the end of the last gap of more than `gapMs` that began before then or within `withinMs` after. */
export function evenAgainMs(shownMs: readonly number[], sinceMs: number, { gapMs = 250, withinMs = 1_500 } = {}): number {
  const gaps = shownMs.slice(1).map((toMs, i) => ({ fromMs: shownMs[i]!, toMs }))
  const last = gaps.findLast(({ fromMs, toMs }) => toMs - fromMs > gapMs && toMs > sinceMs && fromMs < sinceMs + withinMs)
  return last === undefined ? 0 : last.toMs - sinceMs
}
