/// <reference lib="dom" />
/** A real Firefox, the machine's own, driven over WebDriver BiDi. */
import { type Browser, firefox, type Page } from 'playwright-core'

type Preferences = Readonly<Record<string, string | number | boolean>>

/** Nothing is asked, nothing calls home, camera and microphone are made up, and media plays without a click. */
const PREFERENCES: Preferences = {
  'media.navigator.streams.fake': true, 'media.navigator.permission.disabled': true, 'media.autoplay.default': 0,
  'media.gmp-manager.updateEnabled': false, 'datareporting.policy.dataSubmissionEnabled': false
}

/** Playwright sends it with every context; Firefox ESR does not know it. */
const UNKNOWN = 'emulation.setMediaFeaturesOverride'
interface Inside { readonly _connection: { toImpl(browser: Browser): { readonly _browserSession: { send(method: string, params: object): Promise<object> } } } }

export async function launchFirefox(preferences: Preferences = {}): Promise<Browser> {
  const browser = await firefox.launch({ channel: 'moz-firefox', executablePath: '/usr/bin/firefox-esr', firefoxUserPrefs: { ...PREFERENCES, ...preferences } })
  const session = (browser as unknown as Inside)._connection.toImpl(browser)._browserSession
  const send = session.send.bind(session)
  session.send = async (method, params) => method === UNKNOWN ? {} : send(method, params)
  return browser
}

/** A page of its own, and everything its console complained of. */
export async function openInFirefox(browser: Browser, url: string, viewport = { width: 1440, height: 900 }): Promise<{ readonly page: Page; readonly complaints: string[] }> {
  const context = await browser.newContext({ viewport })
  await context.addInitScript(typeAsPeopleDo)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) complaints.push(message.text()) })
  await page.goto(url)
  return { page, complaints }
}

/** Playwright would set the value of a field, which React does not notice. */
function typeAsPeopleDo(): void {
  Object.defineProperty(window, '__pw_bidiInsertText', { get: () => (text: string) => { document.execCommand('insertText', false, text) }, set() {} })
}
