// needs: chromium python3
/** Watching and publishing over lines that delay and lose; the whole grid is `npm run bench -- loss`. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { suite } from 'uvu'
import { FarLive, type Machine, seen, watchPictures } from '../support/far-live.ts'
import { whyNoSlowCable, type SlowCable } from '../support/slow-cable.ts'
import { whyNoNetwork } from '../support/test-network.ts'
import { until } from '../support/until.ts'

const why = whyNoNetwork() ?? whyNoSlowCable()
const test = suite(`live view over a bad line${why === undefined ? '' : ` (skipped: ${why})`}`)
const check: typeof test = why === undefined ? test : test.skip as typeof test

/** Keyframes come only when somebody asks for one. */
const SOURCE = 'test?size=320x180&gop=600'
const BAD = { delayMs: 50, lossPercent: 5 }

let far: FarLive
let page: Page
let line: SlowCable

test.before(async () => {
  if (why !== undefined) return
  far = new FarLive()
  await far.start()
  await far.camera('porch', SOURCE)
  line = await far.network.cable('couch', BAD)
  page = await far.page('couch')
  await page.goto(far.url)
  await watchPictures(page, 'porch')
})
test.after(async () => { await far?.end() })

/** Pictures shown in one second and a half, from now on. */
async function moving(): Promise<number> {
  const { frames } = await seen(page)
  await sleep(1_500)
  return (await seen(page)).frames - frames
}

check('what a viewer lacks is sent again: nothing is lost for good, and the picture moves', async () => {
  const before = await seen(page)
  const asked = await far.metric('live_packets_asked_again_total')
  await until(async () => (await seen(page)).frames > before.frames + 150, 'pictures are decoded', 60_000)
  const lost = await until(async () => {
    const [now, then] = [await far.metric('live_packets_asked_again_total'), await far.metric('live_packets_sent_again_total')]
    return now > asked ? { asked: now, sent: then } : undefined
  }, 'packets were asked for')
  assert.ok(lost.sent > 0.9 * lost.asked, `${lost.sent} of ${lost.asked} sent again`)
  assert.ok(lost.asked < 1_000, `${lost.asked} packets are asked for, of those that were lost`)
})

check('after the line was dead for 300 ms the picture moves again without a new session', async () => {
  const connections = (): Promise<number> => page.evaluate(() => (globalThis as unknown as { keptConnections: unknown[] }).keptConnections.length)
  const before = await connections()
  await line.change({ ...BAD, lossPercent: 100 })
  await sleep(300)
  await line.change(BAD)
  await until(async () => await moving() > 20, 'the picture moves again')
  assert.equal(await connections(), before)
})

check('what a browser that publishes lost on the way is asked for again, and its picture arrives', async () => {
  const machine: Machine = 'desk'
  await line.change({ delayMs: 0, lossPercent: 0 })
  await far.network.cable(machine, BAD)
  const publisher = await far.page(machine, ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'])
  await publisher.goto(`${far.url}/camera`)
  await publisher.getByLabel('Name').fill('Hand')
  await publisher.getByRole('button', { name: 'Go live' }).click()
  await far.live('hand')
  const video = (): Promise<{ nacks: number; resent: number }> => publisher.evaluate(async () => {
    const { keptConnections } = globalThis as unknown as { keptConnections: Array<{ getStats(): Promise<Map<string, Record<string, number | string>>> }> }
    const found = [...(await keptConnections.at(-1)!.getStats()).values()].find((each) => each['type'] === 'outbound-rtp' && each['kind'] === 'video')
    return { nacks: Number(found?.['nackCount'] ?? 0), resent: Number(found?.['retransmittedPacketsSent'] ?? 0) }
  })
  await until(async () => (await video()).nacks > 2 && (await video()).resent > 2, 'the node asks and the browser sends again', 60_000)
  const frames = (): Promise<number> => page.evaluate(() => (globalThis as unknown as { thatdam: { viewers: Array<{ camera: string; framesDecoded: number }> } }).thatdam.viewers.find(({ camera }) => camera === 'hand')?.framesDecoded ?? 0)
  const first = await until(frames, 'the first picture', 60_000)
  await until(async () => await frames() > first + 60, 'sixty more pictures', 60_000)
})

test.run()
