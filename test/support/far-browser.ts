/** A Chromium on a machine of a test network. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { BROWSER_ARGS } from './whep-page.ts'

const CHROMIUM = '/usr/bin/chromium'

/** `wrapper`: words that make a command run on the machine. `close` leaves nothing behind. */
export async function farBrowser(wrapper: readonly string[], more: readonly string[] = []): Promise<{ readonly browser: Browser; close(): Promise<void> }> {
  const dir = mkdtempSync(join(tmpdir(), 'thatdam-browser-'))
  const program = join(dir, 'chromium')
  writeFileSync(program, `#!/bin/sh\nexec ${[...wrapper, CHROMIUM].map((word) => `'${word}'`).join(' ')} "$@"\n`)
  chmodSync(program, 0o755)
  const remove = (): void => rmSync(dir, { recursive: true, force: true })
  try {
    const browser = await chromium.launch({ executablePath: program, args: [...BROWSER_ARGS, ...more] })
    return { browser, close: () => browser.close().finally(remove) }
  } catch (err) {
    remove()
    throw err
  }
}
