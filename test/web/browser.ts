import assert from 'node:assert/strict'
import { existsSync, mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { build } from 'vite'
import { type Callback, suite, type Test } from 'uvu'
import { type Browser, type Page, chromium } from 'playwright-core'

/** Chromium as tests need it: no sandbox, no calls home, media plays without a click. */
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required']
const WEB = join(import.meta.dirname, '../../web')
/** Where pictures of the pages are kept, a folder for each test file. */
const PICTURES = join(import.meta.dirname, '../.artifacts/pages', basename(process.argv[1] ?? '', '.test.ts'))

export const DESKTOP = { width: 1440, height: 900 } as const
export const PHONE = { width: 390, height: 844 } as const
type Viewport = { readonly width: number; readonly height: number }

/** Both ways the pages look. */
export const SCHEMES = ['dark', 'light'] as const
type Scheme = (typeof SCHEMES)[number]

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

/** What the consoles said since the last test of a `pageSuite`, and what of it that test is about. */
const heard: string[] = []
const expected: RegExp[] = []

/** What the test that runs provokes: a complaint of a console that matches is none. */
export function expectComplaint(pattern: RegExp): void {
  expected.push(pattern)
}

async function judged(act: () => Promise<void> | void): Promise<void> {
  try {
    await act()
    assert.deepEqual(heard.filter((complaint) => !expected.some((pattern) => pattern.test(complaint))), [], 'the console is silent')
  } finally {
    heard.length = 0
    expected.length = 0
  }
}

/** A suite in which a test fails when a page it opened threw, or its console told of an error or a warning that the test does not expect. */
export function pageSuite<T = Record<string, unknown>>(name: string): Test<T> {
  const inner = suite<T>(name)
  const judging = (title: string, act: Callback<T>): void => inner(title, (context) => judged(() => act(context)))
  return Object.assign(judging, { only: inner.only, skip: inner.skip, before: inner.before, after: inner.after, run: inner.run })
}

/** Collects what a page complains of; a camera that is not live answers 409, which Chromium logs, and is no complaint. */
function listen(page: Page): string[] {
  const complaints: string[] = []
  const complain = (complaint: string): void => {
    complaints.push(complaint)
    heard.push(complaint)
  }
  page.on('pageerror', (error) => complain(String(error)))
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !/\/(?:whep|hls)\//.test(message.location().url)) complain(`${message.text()} (${message.location().url})`)
  })
  return complaints
}

/** A page, and everything its console complained of. */
export async function openPage(browser: Browser, url: string, viewport: Viewport = DESKTOP, colorScheme: Scheme = 'dark'): Promise<{ readonly page: Page; readonly complaints: string[] }> {
  const context = await browser.newContext({ viewport, colorScheme, permissions: ['clipboard-read', 'clipboard-write'] })
  const page = await context.newPage()
  const complaints = listen(page)
  await page.goto(url)
  return { page, complaints }
}

/** Turns the system's scheme over, and waits until every colour has arrived. */
export async function showScheme(page: Page, colorScheme: Scheme): Promise<void> {
  await page.emulateMedia({ colorScheme })
  await holds(page, `getComputedStyle(document.documentElement).colorScheme === '${colorScheme}' && !document.getAnimations().some((animation) => animation instanceof CSSTransition)`)
}

/** Keeps a picture of a page for whoever wants to look, in `test/.artifacts/pages`. */
export async function keepPicture(page: Page, name: string, fullPage = false): Promise<void> {
  mkdirSync(PICTURES, { recursive: true })
  await page.screenshot({ fullPage, path: join(PICTURES, `${name.replace(/[^\w.]+/g, '-').replace(/^-|-$/g, '')}.png`) })
}
