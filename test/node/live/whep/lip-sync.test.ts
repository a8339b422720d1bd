// needs: chromium ffmpeg
/** A flash and a beep that were one at the source are one in the browser, however the sound travelled. */
import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import { suite } from 'uvu'
import { silentLog } from '#ring/base/log.ts'
import { createMetrics } from '#ring/base/metrics.ts'
import { createWhepSessions } from '../../../../node/live/whep/whep-sessions.ts'
import { clipCamera, feedForever, makeClip } from '../../../support/camera-clip.ts'
import { LIP_SYNC_MS, lateByFlash, staysInStep } from '../../../support/lip-sync.ts'
import { launchBrowser, openViewer, serveWhep } from '../../../support/whep-page.ts'

const test = suite('lip sync')
const DELAYS_MS = [0, 200] as const
let browser: Browser

test.before(async () => { browser = await launchBrowser() })
test.after(async () => { await browser?.close() })

const clip = await makeClip({
  seconds: 4, scene: 'color=black', filter: "drawbox=c=white:t=fill:enable='lt(mod(t,1),0.1)'", sound: 'aevalsrc=0.3*sin(2*PI*1000*t)*lt(mod(t\\,1)\\,0.1):s=48000'
})

for (const delayMs of DELAYS_MS) {
  test(`picture and sound stay within ${LIP_SYNC_MS} ms of each other${delayMs > 0 ? `, also when the sound takes ${delayMs} ms longer on its way` : ''}`, async () => {
    const camera = clipCamera(clip)
    const feeding = feedForever(clip, (packets) => {
      for (const packet of packets) setTimeout(() => camera.write(packet), packet.track === 1 ? delayMs : 0)
    }, (report) => camera.report(report))
    const whep = createWhepSessions({ log: silentLog, metrics: createMetrics() }, { open: async () => ({ camera, release() {} }), knows: () => true, extraAddresses: ['127.0.0.1'] })
    const { app, url } = await serveWhep(whep)
    try {
      const viewer = await openViewer(browser, url)
      assert.equal(await viewer.watch('porch'), 201)
      await staysInStep(viewer.page, '#v', lateByFlash)
      await viewer.page.close()
    } finally {
      feeding.stop()
      camera.end('over')
      await whep.stop()
      await app.close()
    }
  })
}

test.run()
