// needs: chromium ffmpeg
import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import { suite } from 'uvu'
import { silentLog } from '#ring/base/log.ts'
import { createMetrics } from '#ring/base/metrics.ts'
import { PLAYOUT_DELAY } from '../../../../node/live/webrtc/playout-delay.ts'
import { createWhepSessions, type WhepSessions } from '../../../../node/live/whep/whep-sessions.ts'
import { clipCamera, feedForever, type Feeding, makeClip } from '../../../support/camera-clip.ts'
import { until } from '../../../support/until.ts'
import { launchBrowser, openViewer, serveWhep, type Viewer } from '../../../support/whep-page.ts'

const test = suite('viewers who want no delay')
let browser: Browser
let feeding: Feeding
let servers: Array<{ readonly whep: WhepSessions; readonly app: Awaited<ReturnType<typeof serveWhep>>['app']; readonly url: string }>

/** One that serves viewers on the main thread, and one that does so on a thread of their own. */
test.before(async () => {
  const clip = await makeClip({ seconds: 4, size: '320x240' })
  const camera = clipCamera(clip)
  feeding = feedForever(clip, (packets) => { for (const packet of packets) camera.write(packet) }, (report) => camera.report(report))
  servers = await Promise.all([4, 0].map(async (localViewers) => {
    const whep = createWhepSessions({ log: silentLog, metrics: createMetrics() }, { open: async () => ({ camera, release() {} }), knows: () => true, extraAddresses: ['127.0.0.1'], localViewers, maxWorkers: 1 })
    return { whep, ...await serveWhep(whep) }
  }))
  browser = await launchBrowser()
})
test.after(async () => {
  await browser?.close()
  feeding?.stop()
  for (const { whep, app } of servers ?? []) {
    await whep.stop()
    await app.close()
  }
})

interface Watched { readonly answer: string; readonly bufferMs: number; readonly lost: number }

/** Watches two seconds of pictures, and answers how long the last of them waited in the browser, in ms. */
async function watch(viewer: Viewer, query: string): Promise<Watched> {
  assert.equal(await viewer.watch('porch', query), 201)
  await until(async () => (await viewer.stats()).frames > 60, 'frames are decoded')
  const { lost } = await viewer.stats()
  const [answer, bufferMs] = await viewer.page.evaluate(async () => {
    const { pc } = globalThis as unknown as { pc: { remoteDescription: { sdp: string }; getStats(): Promise<Map<string, Record<string, number | string>>> } }
    const read = async (): Promise<[number, number]> => {
      const video = [...(await pc.getStats()).values()].find((each) => each['type'] === 'inbound-rtp' && each['kind'] === 'video')
      return [Number(video?.['jitterBufferDelay']), Number(video?.['jitterBufferEmittedCount'])]
    }
    const [before, emitted] = await read()
    await new Promise((resolve) => { setTimeout(resolve, 1_000) })
    const [after, more] = await read()
    return [pc.remoteDescription.sdp, 1_000 * (after - before) / (more - emitted)] as const
  })
  return { answer, bufferMs, lost }
}

const extensionsOf = (sdp: string): string[] => [...sdp.matchAll(/^a=extmap:\d+ (\S+)/gm)].map(([, uri = '']) => uri)

for (const [at, thread] of [[0, 'the main thread'], [1, 'a thread of its own']] as const) {
  test(`served by ${thread}, Chromium is told to hold no picture back, does not, and decodes them all`, async () => {
    const viewers = await Promise.all([0, 1].map(() => openViewer(browser, servers[at]!.url)))
    const [fast, even] = await Promise.all([watch(viewers[0]!, '?delay=low'), watch(viewers[1]!, '')])
    assert.deepEqual([extensionsOf(fast.answer), extensionsOf(even.answer)], [[PLAYOUT_DELAY], []])
    assert.ok(fast.bufferMs < even.bufferMs / 4, `pictures wait ${fast.bufferMs} ms, those of a usual viewer ${even.bufferMs} ms`)
    assert.deepEqual([fast.lost, even.lost], [0, 0])
    await Promise.all(viewers.map(({ page }) => page.close()))
  })
}

test('how late a picture may be is low or normal, and nothing else', async () => {
  const post = (query: string) => fetch(`${servers[0]!.url}/whep/porch${query}`, { method: 'POST', body: 'v=0', headers: { 'content-type': 'application/sdp' } })
  for (const query of ['?delay=none', '?delay=', '?delay=low&delay=low', '?delay=LOW']) {
    const refused = await post(query)
    assert.equal(refused.status, 400)
    assert.match(await refused.text(), /delay is low/)
  }
  assert.match(await (await post('?delay=low')).text(), /not a WebRTC offer/, 'it goes on to read the offer')
})

test.run()
