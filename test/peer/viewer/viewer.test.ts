import assert from 'node:assert/strict'
import { request } from 'node:http'
import { chromium, type Page } from 'playwright-core'
import { test } from 'uvu'
import { RTCPeerConnection, RTCRtpCodecParameters } from 'werift'
import { silentLog } from '#ring/base/log.ts'
import { parsePeerArgs, type PeerConfig } from '../../../peer/config.ts'
import { createPeer } from '../../../peer/peer.ts'
import { until } from '../../support/until.ts'

const NO_RING = { log: silentLog, join: () => Promise.reject(new Error('there is no ring')), rank: () => [] }

function withPeer(flags: string, body: (url: string) => Promise<void>): () => Promise<void> {
  return async () => {
    const config = parsePeerArgs(`--camera Porch --source test?size=640x360 ${flags}`.split(' '), 'laptop') as PeerConfig
    const peer = createPeer(NO_RING, config)
    await peer.start()
    try {
      await body(peer.http() as string)
    } finally {
      await peer.stop()
    }
  }
}

/** Status of a request with headers that fetch would not send. */
function status(url: string, headers: Record<string, string>, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { method, headers }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    }).on('error', reject).end()
  })
}

test('the page is for this machine: other names and other sites are turned away', withPeer('--http 127.0.0.1:0', async (url) => {
  assert.equal(await status(url, {}), 200)
  assert.equal(await status(url, { host: 'evil.example' }), 403)
  assert.equal(await status(`${url}/cameras`, { origin: 'http://evil.example' }), 403)
  assert.equal(await status(`${url}/whep/porch`, { origin: 'null' }, 'POST'), 403)
  assert.equal(await status(`${url}/nothing`, {}), 404)
}))

test('an offer that is none, too large, or for no camera is refused', withPeer('--http 127.0.0.1:0', async (url) => {
  const post = (camera: string, body: string, type = 'application/sdp') => fetch(`${url}/whep/${camera}`, { method: 'POST', body, headers: { 'content-type': type } })
  assert.equal((await post('garage', 'v=0')).status, 404)
  assert.equal((await post('porch', 'v=0', 'text/plain')).status, 415)
  assert.ok([400, 409].includes((await post('porch', 'hello')).status))
  assert.ok([400, 409].includes((await post('porch', 'x'.repeat(100_000))).status))
}))

test('any WHEP client is served: an offer is answered 201 with the place to end it, and there it ends', withPeer('--http 127.0.0.1:0', async (url) => {
  const client = new RTCPeerConnection({ codecs: { video: [new RTCRtpCodecParameters({ mimeType: 'video/H264', clockRate: 90_000, parameters: 'packetization-mode=1;profile-level-id=42e01f' })] } })
  try {
    client.addTransceiver('video', { direction: 'recvonly' })
    await client.setLocalDescription(await client.createOffer())
    const answer = await until(async () => {
      const said = await fetch(`${url}/whep/porch`, { method: 'POST', body: client.localDescription?.sdp ?? '', headers: { 'content-type': 'application/sdp; charset=utf-8' } })
      return said.status === 201 ? said : undefined
    }, 'the offer is answered')
    assert.equal(answer.headers.get('content-type'), 'application/sdp')
    await client.setRemoteDescription({ type: 'answer', sdp: await answer.text() })
    const place = new URL(answer.headers.get('location') ?? '', url).href
    assert.match(place, /\/whep\/porch\/[\w-]+$/)
    assert.equal((await fetch(place, { method: 'PATCH' })).status, 405)
    assert.equal((await fetch(place, { method: 'DELETE' })).status, 200)
    assert.equal((await fetch(place, { method: 'DELETE' })).status, 404)
  } finally {
    await client.close()
  }
  const options = await fetch(`${url}/whep/porch`, { method: 'OPTIONS' })
  assert.equal(options.headers.get('accept-post'), 'application/sdp')
}))

test('with a token, nobody without it sees a camera', withPeer('--http 127.0.0.1:0 --token 0123456789abcdef', async (url) => {
  assert.equal(await status(`${url}/cameras`, {}), 403)
  assert.equal(await status(`${url}/cameras`, { authorization: 'Bearer 0123456789abcdeg' }), 403)
  assert.equal(await status(`${url}/cameras`, { authorization: 'Bearer 0123456789abcdef' }), 200)
}))

/** Run with a page of a browser, where there is one. */
async function inBrowser(run: (page: Page) => Promise<void>): Promise<void> {
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] }).catch((err) => {
    process.stdout.write(`  skipped: no Chromium (${String(err).split('\n')[0]})\n`)
    return undefined
  })
  if (browser === undefined) return
  try {
    await run(await browser.newPage())
  } finally {
    await browser.close()
  }
}

test('the page says why it shows nothing, and goes on when that is mended', () => inBrowser(async (page) => {
  await withPeer('--http 127.0.0.1:0 --token 0123456789abcdef', async (url) => {
    await page.goto(url)
    await page.getByText('add #TOKEN to the address of the page').waitFor()
    await page.goto(`${url}/#0123456789abcdef`)
    await page.getByText('Porch').waitFor()
    assert.equal(await page.locator('#problem').innerText(), '')
  })()
  await page.getByText('This peer does not answer: it may have been stopped.').waitFor()
  await page.getByText('not known now').waitFor()
}))

test('a browser shows the moving picture, with sound, without any ring', withPeer('--http 127.0.0.1:0', async (url) => {
  await inBrowser(async (page) => {
    await page.goto(url)
    const frames = (): Promise<number> => page.evaluate("document.querySelector('video')?.getVideoPlaybackQuality().totalVideoFrames ?? 0")
    for (const deadline = Date.now() + 60_000; (await frames()) < 30;) assert.ok(Date.now() < deadline, 'no moving picture within a minute')
    assert.deepEqual(await page.evaluate("[document.querySelector('video').videoWidth, document.querySelector('video').srcObject.getAudioTracks().length]"), [640, 1])
    assert.match(await page.innerText('figcaption'), /Porch/)
  })
}))

test.run()
