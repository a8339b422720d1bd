/// <reference lib="dom" />
/** A real Chromium that watches cameras over WHEP, and a bare HTTP server with the WHEP routes. */
import Fastify, { type FastifyInstance } from 'fastify'
import { type Browser, chromium, type Page } from 'playwright-core'
import { ThatDamError } from '#protocols/errors.ts'
import { whepRoutes } from '../../node/http/routes/whep.ts'
import type { WhepSessions } from '../../node/live/whep/whep-sessions.ts'

export const BROWSER_ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required']

const PAGE = `<!doctype html><video id=v autoplay playsinline></video><script>
async function watch(camera, query = '') {
  const pc = window.pc = new RTCPeerConnection()
  window.startedMs = performance.now(); window.firstPictureMs = undefined
  v.requestVideoFrameCallback(() => { window.firstPictureMs = performance.now() - window.startedMs })
  window.streams = new Set()
  pc.ontrack = (event) => { window.streams.add(event.streams[0]?.id); v.srcObject = event.streams[0] }
  pc.addTransceiver('video', { direction: 'recvonly' })
  pc.addTransceiver('audio', { direction: 'recvonly' })
  await pc.setLocalDescription(await pc.createOffer())
  const answer = await fetch('/whep/' + camera + query, { method: 'POST', body: pc.localDescription.sdp, headers: { 'content-type': 'application/sdp' } })
  if (answer.status !== 201) return answer.status
  window.session = answer.headers.get('location')
  await pc.setRemoteDescription({ type: 'answer', sdp: await answer.text() })
  return 201
}
async function stats() {
  const all = [...(await pc.getStats()).values()].filter((s) => s.type === 'inbound-rtp')
  const video = all.find((s) => s.kind === 'video'), audio = all.find((s) => s.kind === 'audio')
  return { state: pc.connectionState, frames: video?.framesDecoded ?? 0, lost: video?.packetsLost ?? 0, width: v.videoWidth, audioBytes: audio?.bytesReceived ?? 0, nacks: video?.nackCount ?? 0, reports: all.map((s) => s.estimatedPlayoutTimestamp ?? 0), firstPictureMs: window.firstPictureMs, streams: window.streams.size }
}
</script>`

export interface ViewerStats { state: string; frames: number; lost: number; width: number; audioBytes: number; nacks: number; reports: number[]; firstPictureMs: number | undefined; streams: number }

export interface Viewer {
  readonly page: Page
  /** Status of the POST. */
  watch(camera: string, query?: string): Promise<number>
  stats(): Promise<ViewerStats>
}

export const launchBrowser = (more: readonly string[] = []): Promise<Browser> => chromium.launch({ executablePath: '/usr/bin/chromium', args: [...BROWSER_ARGS, ...more] })

export async function openViewer(browser: Browser, url: string): Promise<Viewer> {
  const page = await browser.newPage()
  await page.goto(url)
  return {
    page,
    watch: (camera, query = '') => page.evaluate(([id, more]) => (globalThis as unknown as { watch(id: string, query: string): Promise<number> }).watch(id, more), [camera, query] as const),
    stats: () => page.evaluate(() => (globalThis as unknown as { stats(): Promise<ViewerStats> }).stats())
  }
}

/** From its next address on the page keeps the connections it makes, for their statistics: `keptConnections`. */
export async function keepConnections(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const kept: RTCPeerConnection[] = []
    const Original = globalThis.RTCPeerConnection
    globalThis.RTCPeerConnection = class extends Original {
      constructor(init?: RTCConfiguration) {
        super(init)
        kept.push(this)
      }
    }
    Object.assign(globalThis, { keptConnections: kept })
  })
}

/** The WHEP routes with the project's error bodies, on a free loopback port. */
export async function serveWhep(whep: WhepSessions): Promise<{ url: string; app: FastifyInstance }> {
  const app = Fastify()
  app.setErrorHandler((err, _request, reply) => {
    const { status, code, message } = err instanceof ThatDamError ? err : { status: (err as { statusCode?: number }).statusCode ?? 500, code: 'ERR_INTERNAL', message: String(err) }
    return reply.code(status).type('application/json').send({ error: { code, message } })
  })
  await app.register(whepRoutes({ whep }))
  app.get('/', async (_request, reply) => reply.type('text/html').send(PAGE))
  return { app, url: await app.listen({ host: '127.0.0.1', port: 0 }) }
}
