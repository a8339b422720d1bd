import { setTimeout as sleep } from 'node:timers/promises'
import { OverloadedError, UploadLockedError } from '#protocols/errors.ts'

/** Requests that bring bytes of uploads at once; each holds a few chunks in memory. @default 24 */
export const MAX_RUNNING_UPLOADS = 24
/** Whoever is to let go of an upload has this long to keep what it has, in ms. @default 15000 */
export const LET_GO_MS = 15_000

interface Session {
  readonly letGo: AbortController
  readonly ended: Promise<unknown>
}

/** One request at a time works on an upload here. The later one is right: the earlier one is mostly a connection that died and does not know it. */
export class UploadSessions {
  readonly #running = new Map<string, Session>()

  has(id: string): boolean {
    return this.#running.has(id)
  }

  /** @throws UploadLockedError when who works on it does not end in time */
  async free(id: string): Promise<void> {
    for (let session = this.#running.get(id); session !== undefined; session = this.#running.get(id)) {
      session.letGo.abort(new UploadLockedError('a later request goes on with this upload'))
      const waiting = new AbortController()
      const late = sleep(LET_GO_MS, true, { signal: waiting.signal, ref: false }).catch(() => false)
      const isLate = await Promise.race([session.ended.then(() => false), late])
      waiting.abort()
      if (isLate) throw new UploadLockedError('another request works on this upload: try again in a moment')
    }
  }

  /** @throws UploadLockedError, OverloadedError */
  async run<T>(id: string, work: (letGo: AbortSignal) => Promise<T>): Promise<T> {
    await this.free(id)
    if (this.#running.size >= MAX_RUNNING_UPLOADS) throw new OverloadedError(`${MAX_RUNNING_UPLOADS} uploads come in here at once: try again in a moment, or at another node`)
    const letGo = new AbortController()
    const result = work(letGo.signal)
    const ended = result.catch(() => {}).then(() => { this.#running.delete(id) })
    this.#running.set(id, { letGo, ended })
    return result
  }

  /** End everything and wait. */
  async stop(): Promise<void> {
    for (const { letGo } of this.#running.values()) letGo.abort(new UploadLockedError('the node is stopping'))
    await Promise.all([...this.#running.values()].map(({ ended }) => ended))
  }
}
