// needs: chromium turnserver
/// <reference lib="dom" />
/** The pages of real nodes in browsers that have to go through a TURN server, and that lack a codec. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import { startTurnServer, type TurnServer } from '../support/turn-server.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { launchBrowser } from '../support/whep-page.ts'
import { buildPages } from '../web/browser.ts'

const test = suite('ways through')
const SECRET = 'open-sesame-5f21'
let ring: TestRing
let turn: TurnServer
let browser: Browser
let near: NodeProcess
let far: NodeProcess
let publisher: Page
let viewer: Page

/** In the page, before anything of it: every connection is kept, may go through a relay only, and some codecs are not there. */
const cripple = ({ relayOnly, without }: { relayOnly: boolean; without: string[] }): void => {
  const peers: RTCPeerConnection[] = []
  const Own = RTCPeerConnection
  const offered = (codecs: RTCRtpCodec[]): RTCRtpCodec[] => codecs.filter(({ mimeType }) => !without.includes(mimeType))
  const sent = RTCRtpSender.getCapabilities.bind(RTCRtpSender)
  RTCRtpSender.getCapabilities = (kind) => ({ headerExtensions: [], ...sent(kind), codecs: offered(sent(kind)?.codecs ?? []) })
  class Kept extends Own {
    constructor(config: RTCConfiguration) {
      super({ ...config, ...(relayOnly ? { iceTransportPolicy: 'relay' as const } : {}) })
      peers.push(this)
    }
    override addTransceiver(what: MediaStreamTrack | string, init?: RTCRtpTransceiverInit): RTCRtpTransceiver {
      const transceiver = super.addTransceiver(what, init)
      if (what === 'video') transceiver.setCodecPreferences(offered(RTCRtpReceiver.getCapabilities('video')!.codecs))
      return transceiver
    }
  }
  Object.assign(globalThis, { RTCPeerConnection: Kept, peers })
}

async function open(url: string, relayOnly: boolean, without: string[] = []): Promise<Page> {
  const page = await browser.newPage()
  await page.addInitScript(cripple, { relayOnly, without })
  await page.goto(url)
  return page
}

/** What the page's newest connection sends or decodes, by which codec, and through what. */
function flow(page: Page): Promise<{ frames: number; codec: string; local: string } | undefined> {
  return page.evaluate(async () => {
    const peer = (globalThis as unknown as { peers: RTCPeerConnection[] }).peers.at(-1)
    if (peer === undefined) return undefined
    const all = [...(await peer.getStats()).values()]
    const video = all.find(({ type, kind }) => type.endsWith('-rtp') && !type.startsWith('remote') && kind === 'video')
    const pair = all.find(({ id }) => id === all.find(({ type }) => type === 'transport')?.selectedCandidatePairId)
    return {
      frames: (video?.framesDecoded ?? video?.framesEncoded ?? 0) as number,
      codec: (all.find(({ id }) => id === video?.codecId)?.mimeType ?? '') as string,
      local: (all.find(({ id }) => id === pair?.localCandidateId)?.candidateType ?? '') as string
    }
  })
}

test.before(async () => {
  await buildPages()
  turn = await startTurnServer(SECRET)
  ring = await TestRing.create()
  const file = join(ring.dir, 'turn-secret')
  await writeFile(file, `${SECRET}\n`)
  const flags = ['--ice-server', turn.url, '--turn-secret', file, '--log', 'info']
  near = await ring.begin('alder', { flags })
  far = await ring.begin('birch', { flags })
  await ring.together(2)
  browser = await launchBrowser(['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'])
})
test.after(async () => {
  await browser?.close()
  await ring?.end()
  await turn?.stop()
})

test('the page for it publishes through the relay, and without H.264 in what the browser has, saying so', async () => {
  publisher = await open(`${near.url}/camera`, true, ['video/H264'])
  await publisher.getByLabel('Name').fill('Phone')
  await publisher.getByRole('button', { name: 'Go live' }).click()
  const sent = await until(async () => {
    const now = await flow(publisher)
    return now !== undefined && now.frames > 30 ? now : undefined
  }, 'frames leave', 45_000)
  assert.deepEqual([sent.codec, sent.local], ['video/VP9', 'relay'])
  await until(async () => /This browser sends VP9, not H\.264/.test(await publisher.textContent('main') ?? ''), 'and it says so')
  await until(async () => (await publisher.textContent('main'))?.includes('on 2 nodes'), 'it is recorded on two nodes')
})

test('the wall of another node shows it through the relay, as VP9', async () => {
  viewer = await open(far.url, true)
  const seen = await until(async () => {
    const now = await flow(viewer)
    return now !== undefined && now.frames > 30 ? now : undefined
  }, 'frames come', 45_000)
  assert.deepEqual([seen.codec, seen.local], ['video/VP9', 'relay'])
})

test('a browser without the camera\'s codec is told in words what it sends', async () => {
  const page = await open(far.url, false, ['video/VP9'])
  await until(async () => /This browser can not show it/.test(await page.textContent('figure') ?? ''), 'the tile says so')
  assert.match(await page.textContent('figure') ?? '', /the camera sends VP9, and the offer has .*H\.264.* only/)
  await page.close()
})

test('the secret is in no log, nor in what a node tells', async () => {
  const told = await fetch(`${near.url}/whep/phone`, { method: 'HEAD' })
  assert.match(told.headers.get('link') ?? '', /^<turn:127\.0\.0\.1:\d+\?transport=udp>; rel="ice-server"; username="\d{10}:[0-9a-f]{12}"; credential="[A-Za-z0-9+/=]{28}"; credential-type="password"$/)
  const preflight = await fetch(`${near.url}/whep/phone`, { method: 'OPTIONS' })
  assert.equal(preflight.headers.get('link'), null)
  for (const { process } of [near, far]) assert.doesNotMatch(process.stderr + JSON.stringify(process.events), new RegExp(SECRET))
})

test.run()
