import { randomBytes, timingSafeEqual } from 'node:crypto'
import { TooManyFailuresError, UnauthenticatedError } from './refusals.ts'

/** How long a code is good, in ms. @default 600000 */
export const SETUP_CODE_MS = 600_000
/** Wrong codes until another is printed. @default 3 */
export const SETUP_TRIES = 3
/** Codes are not printed more often, in ms: whoever opens the page again and again does not flood the terminal. @default 30000 */
export const SETUP_CODE_EVERY_MS = 30_000

const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'

/** The one-time code by which somebody who sees this node's terminal makes the first account. */
export interface SetupCode {
  /** Somebody is at the page: print a code unless one is good. */
  wanted(): void
  /** @throws UnauthenticatedError, TooManyFailuresError */
  check(code: string): void
  /** It was used. */
  done(): void
}

export function createSetupCode(print: (code: string) => void, { now = () => performance.now() }: { now?: () => number } = {}): SetupCode {
  let code: { readonly text: string; readonly madeMs: number; tries: number } | undefined
  let printedMs = -Infinity

  function current(): typeof code {
    if (code !== undefined && (now() - code.madeMs > SETUP_CODE_MS || code.tries >= SETUP_TRIES)) code = undefined
    return code
  }

  function wanted(): void {
    if (current() !== undefined || now() - printedMs < SETUP_CODE_EVERY_MS) return
    code = { text: Array.from(randomBytes(8), (byte) => LETTERS[byte % LETTERS.length]).join(''), madeMs: now(), tries: 0 }
    printedMs = now()
    print(`${code.text.slice(0, 4)}-${code.text.slice(4)}`)
  }

  return {
    wanted,
    check(shown) {
      const good = current()
      if (good === undefined) {
        wanted()
        throw current() === undefined ? new TooManyFailuresError('too many wrong codes: wait half a minute, then load the page again; the node prints another', 30) : new UnauthenticatedError('the code has expired: the node has printed another')
      }
      good.tries++
      const text = Buffer.from(shown.toUpperCase().replace(/[^A-Z2-9]/g, '').padEnd(8).slice(0, 8))
      if (!timingSafeEqual(text, Buffer.from(good.text))) throw new UnauthenticatedError(good.tries >= SETUP_TRIES ? 'that was the third wrong code: load the page again in half a minute, the node prints another' : 'that is not the code this node has printed')
    },
    done() { code = undefined }
  }
}
