/// <reference lib="dom" />
/**
 * Live view over a line that delays and loses, between machines of their own (network namespaces, a cable in user space; needs root).
 * `loss/viewer`: a browser watches a camera; the line is the browser's, in both directions. `loss/publisher`: a browser publishes over WHIP, `loss/peer`: a peer
 * over libp2p; the line is the publisher's, and a browser nearby watches. `loss/narrow`: the viewer's line carries less than the camera sends. What is timed is how long after the line was dead for 300 ms pictures move evenly again.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { evenAgainMs, FarLive, type Machine, type Seen, seen, watchPictures } from '../support/far-live.ts'
import type { SlowCable } from '../support/slow-cable.ts'
import type { Row } from './measure.ts'

const RTT_MS = [20, 100, 300]
const LOSS_PERCENT = [0, 1, 5]
/** The line is left alone before it is looked at, and looked at for, in ms. */
const SETTLE_MS = 2_000
const LOOK_MS = 6_000
/** No packet arrives for so long, in ms, so many times; then it is waited for so long. */
const DEAD_MS = 300
const BURSTS = 3
const AFTER_MS = 3_000
/** Keyframes come only when somebody asks for one. */
const SOURCE = 'test?size=640x360&gop=600'

type Part = 'viewer' | 'publisher' | 'peer'
const LINES: Readonly<Record<Part, Machine>> = { viewer: 'couch', publisher: 'desk', peer: 'lens' }
/** Part of the camera's bits that a narrow line carries. */
const NARROW = [1, 0.7, 0.4]

export async function run(part?: string): Promise<Row[]> {
  const parts = (Object.keys(LINES) as Part[]).filter((each) => part === undefined || each === part)
  const rows: Row[] = []
  for (const each of parts) rows.push(...await measure(each))
  if (part === undefined || part === 'narrow') rows.push(...await narrow())
  return rows
}

async function measure(part: Part): Promise<Row[]> {
  const far = new FarLive()
  try {
    await far.start()
    const cable = await far.network.cable(LINES[part], { delayMs: 0, lossPercent: 0 })
    const publisher = part === 'publisher' ? await publish(far, 'porch') : undefined
    if (publisher === undefined) await far.camera('porch', SOURCE)
    const page = await far.page('couch')
    await page.goto(far.url)
    await watchPictures(page, 'porch')
    const rows: Row[] = []
    for (const rttMs of RTT_MS) for (const lossPercent of LOSS_PERCENT) rows.push(await cell(part, { far, cable, page, publisher }, rttMs, lossPercent))
    return rows
  } finally {
    await far.end()
  }
}

/** What is timed is the longest that one picture stood still. */
async function narrow(): Promise<Row[]> {
  const far = new FarLive()
  try {
    await far.start()
    await far.camera('porch', SOURCE)
    const page = await far.page('couch')
    await page.goto(far.url)
    await watchPictures(page, 'porch')
    const bits = await far.bitsPerSecond('porch')
    const rows: Row[] = []
    for (const part of NARROW) {
      const widen = far.network.narrow('couch', Math.round(bits * part))
      await sleep(SETTLE_MS)
      const before = await counted(far, page, undefined)
      await sleep(2 * LOOK_MS)
      const after = await counted(far, page, undefined)
      widen()
      const shown = after.page.shownMs.slice(before.page.shownMs.length)
      rows.push({ name: `viewer, line of ${Math.round(100 * part)} % of the camera's ${Math.round(bits / 1_000)} kbit/s`, unit: 'ms', samples: [Math.max(...shown.slice(1).map((atMs, i) => atMs - shown[i]!))], note: noteOf(before, after) })
      await sleep(AFTER_MS)
    }
    return rows
  } finally {
    await far.end()
  }
}

interface Scene { far: FarLive; cable: SlowCable; page: Page; publisher: Page | undefined }

async function cell(part: Part, { far, cable, page, publisher }: Scene, rttMs: number, lossPercent: number): Promise<Row> {
  const faults = { delayMs: rttMs / 2, lossPercent }
  await cable.change(faults)
  await sleep(SETTLE_MS)
  const before = await counted(far, page, publisher)
  await sleep(LOOK_MS)
  const after = await counted(far, page, publisher)
  const samples: number[] = []
  for (let burst = 0; burst < BURSTS; burst++) {
    await cable.change({ ...faults, lossPercent: 100 })
    await sleep(DEAD_MS)
    await cable.change(faults)
    const aliveMs = Date.now() + faults.delayMs
    await sleep(AFTER_MS)
    samples.push(evenAgainMs((await seen(page)).shownMs, aliveMs))
  }
  return { name: `${part}, RTT ${rttMs} ms, loss ${lossPercent} %`, unit: 'ms', samples, note: noteOf(before, after) }
}

interface Counted { atMs: number; page: Seen; asked: number; sent: number; publisher: { nacks: number; resent: number } | undefined }

async function counted(far: FarLive, page: Page, publisher: Page | undefined): Promise<Counted> {
  const [asked, sent] = [await far.metric('live_packets_asked_again_total'), await far.metric('live_packets_sent_again_total')]
  return { atMs: performance.now(), page: await seen(page), asked, sent, publisher: publisher === undefined ? undefined : await sentBy(publisher) }
}

function noteOf(before: Counted, after: Counted): string {
  const of = (field: Exclude<keyof Seen, 'shownMs'>): number => Math.round(after.page[field] - before.page[field])
  const perSecond = of('frames') * 1_000 / (after.atMs - before.atMs)
  return [
    `${perSecond.toFixed(1)} pictures/s`, `${of('freezes')} freezes, ${of('frozenMs')} ms`, `${of('plis')} keyframes asked for`,
    `asked for ${after.asked - before.asked} packets again, ${after.sent - before.sent} sent`, `${of('lost')} lost for good`,
    ...after.publisher === undefined || before.publisher === undefined ? [] : [`publisher asked ${after.publisher.nacks - before.publisher.nacks} times, ${after.publisher.resent - before.publisher.resent} packets sent again`]
  ].join('; ')
}

/** The page that makes a browser a camera, with a picture and a tone of the browser's own. */
async function publish(far: FarLive, name: string): Promise<Page> {
  const page = await far.page('desk', ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'])
  await page.goto(`${far.url}/camera`)
  await page.getByLabel('Name').fill(name)
  await page.getByRole('button', { name: 'Go live' }).click()
  await far.live(name)
  return page
}

function sentBy(page: Page): Promise<{ nacks: number; resent: number }> {
  return page.evaluate(async () => {
    const { keptConnections } = globalThis as unknown as { keptConnections: RTCPeerConnection[] }
    const all = [...(await keptConnections.at(-1)!.getStats()).values()] as Array<Record<string, number | string>>
    const video = all.find((each) => each['type'] === 'outbound-rtp' && each['kind'] === 'video')
    return { nacks: Number(video?.['nackCount'] ?? 0), resent: Number(video?.['retransmittedPacketsSent'] ?? 0) }
  })
}
