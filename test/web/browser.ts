import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'vite'
import { type Browser, type Page, chromium } from 'playwright-core'

/** Chromium as tests need it: no sandbox, no calls home, media plays without a click. */
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required']
const WEB = join(import.meta.dirname, '../../web')

export const DESKTOP = { width: 1440, height: 900 } as const
export const PHONE = { width: 390, height: 844 } as const

/** Where Chromium is, or undefined when the machine has none. */
export const chromiumPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path))

/** Set in the environment when the pages were built for many test files at once. */
export const PAGES_ARE_BUILT = 'THATDAM_PAGES_ARE_BUILT'

/** Builds the pages, so that what is tested is what the sources say. */
export async function buildPages(): Promise<void> {
  if (process.env[PAGES_ARE_BUILT] === 'yes') return
  await build({ root: WEB, configFile: join(WEB, 'vite.config.ts'), logLevel: 'error' })
}

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath ?? '', args: FLAGS })
}

/** Waits until an expression is true in the page. Asked from outside, because the pages' content policy lets nothing evaluate text inside. */
export async function holds(page: Page, expression: string, deadlineMs = 30_000): Promise<void> {
  const deadline = Date.now() + deadlineMs
  while (await page.evaluate(expression).catch(() => false) !== true) {
    if (Date.now() > deadline) throw new Error(`not so after ${deadlineMs} ms: ${expression}`)
    await new Promise((resolve) => { setTimeout(resolve, 50) })
  }
}

/** A page and everything its console complained of; a camera that is not live answers 409, which Chromium logs, and is no complaint. */
export async function openPage(browser: Browser, url: string, viewport: { readonly width: number; readonly height: number } = DESKTOP): Promise<{ readonly page: Page; readonly complaints: string[] }> {
  const context = await browser.newContext({ viewport, permissions: ['clipboard-read', 'clipboard-write'] })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !/\/(?:whep|hls)\//.test(message.location().url)) complaints.push(`${message.text()} (${message.location().url})`)
  })
  await page.goto(url)
  return { page, complaints }
}
