/**
 * Memory of an upload from a real page to a real node, of a small file and of a large one: `node test/bench/run.ts upload`, or `upload/4000` for a
 * large one of 4000 MB. Takes three times its size on the disk of the temporary folder. The files are clips with a box behind them that holds noise.
 */
import { createCipheriv } from 'node:crypto'
import { createWriteStream, readdirSync, readFileSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { chromium } from 'playwright-core'
import { residentBytes } from '../soak/memory.ts'
import { writeBigClip } from '../support/big-clip.ts'
import { TestRing } from '../support/processes.ts'
import { buildPages, chromiumPath } from '../web/browser.ts'
import type { Row } from './measure.ts'

const SMALL_MB = 200
const LARGE_MB = 2_000
/** How often memory is looked at, ms. */
const EVERY_MS = 100
/** Longest one upload may take, ms. */
const PATIENCE_MS = 1_800_000

/** A playable file of `megabytes`, none of whose chunks are alike. */
async function writeLarge(path: string, megabytes: number): Promise<void> {
  await writeBigClip(path, 2)
  const clip = await readFile(path)
  const header = Buffer.from('\0\0\0\u0001free\0\0\0\0\0\0\0\0', 'latin1')
  const noise = megabytes * 1e6 - clip.length
  header.writeBigUInt64BE(BigInt(noise), 8)
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, megabytes % 256), Buffer.alloc(16))
  function* bytes(): Generator<Buffer> {
    yield clip
    yield header
    for (let left = noise - header.length; left > 0; left -= 1_000_000) yield cipher.update(Buffer.alloc(Math.min(left, 1_000_000)))
  }
  await pipeline(Readable.from(bytes()), createWriteStream(path))
}

/** A process and all it started. */
function familyOf(pid: number): number[] {
  const parents = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((name) => {
    try {
      return [Number(name), Number(readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.split(' ')[1])] as const
    } catch {
      return [0, 0] as const
    }
  })
  const family = [pid]
  for (const member of family) family.push(...parents.filter(([, parent]) => parent === member).map(([child]) => child)) // grows while it is walked
  return family
}

const bytesOf = (pids: readonly number[]): number => pids.reduce((sum, pid) => {
  try {
    return sum + residentBytes(pid)
  } catch {
    return sum // it ended
  }
}, 0)

/** The most above what it was before the first file, in MB. */
function watch(read: () => number, idle: number): () => number {
  let peak = idle
  const timer = setInterval(() => { peak = Math.max(peak, read()) }, EVERY_MS)
  return () => {
    clearInterval(timer)
    return (peak - idle) / 1e6
  }
}

export async function run(part?: string): Promise<Row[]> {
  if (chromiumPath === undefined) throw new Error('there is no Chromium on this machine')
  await buildPages()
  const ring = await TestRing.create()
  const server = await chromium.launchServer({ executablePath: chromiumPath, args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'] })
  const rows: Row[] = []
  let idle: { node: number; browser: number } | undefined
  try {
    const node = await ring.begin('alder')
    const browser = await chromium.connect(server.wsEndpoint())
    for (const megabytes of [SMALL_MB, Number(part ?? LARGE_MB)]) {
      const path = join(ring.dir, `of-${megabytes}.mp4`)
      await writeLarge(path, megabytes)
      const page = await browser.newPage()
      await page.goto(`${node.url}/library`)
      await page.getByText(/items?$|empty/i).first().waitFor()
      const ofNode = (): number => bytesOf([node.process.child.pid ?? 0])
      const ofBrowser = (): number => bytesOf(familyOf(server.process().pid ?? 0))
      idle ??= { node: ofNode(), browser: ofBrowser() }
      const [nodePeak, pagePeak] = [watch(ofNode, idle.node), watch(ofBrowser, idle.browser)]
      const began = performance.now()
      const cdp = await page.context().newCDPSession(page)
      await cdp.send('DOM.enable')
      const { root } = await cdp.send('DOM.getDocument')
      const { nodeId } = await cdp.send('DOM.querySelector', { nodeId: root.nodeId, selector: 'input[aria-label="Files to add"]' })
      await cdp.send('DOM.setFileInputFiles', { nodeId, files: [path] })
      await page.locator('.upload[data-state=imported]').waitFor({ timeout: PATIENCE_MS })
      const baseline = rows.length === 0 ? undefined : SMALL_MB
      const against = (what: string): { baseline?: string } => baseline === undefined ? {} : { baseline: `${what}, ${baseline} MB` }
      rows.push(
        { name: `node, ${megabytes} MB`, unit: 'MB', samples: [nodePeak()], note: 'peak above idle', ...against('node') },
        { name: `browser, all processes, ${megabytes} MB`, unit: 'MB', samples: [pagePeak()], note: 'peak above idle', ...against('browser, all processes') },
        { name: `from the drop to the asset, ${megabytes} MB`, unit: 'MB/s', samples: [megabytes * 1e3 / (performance.now() - began)], ...against('from the drop to the asset') }
      )
      await page.close()
      await rm(path)
    }
    await browser.close()
    return rows
  } finally {
    await server.close()
    await ring.end()
  }
}
