import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { Startable } from '#ring/base/lifecycle.ts'

/** Sidecars that wait for their clips on one node. @default 10000 */
export const MAX_WAITING = 10_000
/** How long one waits, in ms (30 days). @default 2592000000 */
export const WAIT_MS = 30 * 86_400_000

/** Uploaded sidecars whose clips have not come yet, as files of this node's folder. */
export interface WaitingSidecars extends Startable {
  /** Answers whether there is room for it. */
  keep(shown: string, text: string): Promise<boolean>
  /** What waits for this clip; it goes on waiting for others of the same name. */
  of(shown: string): Promise<string | undefined>
}

export function createWaitingSidecars(folder: string): WaitingSidecars {
  const fileOf = (stem: string): string => join(folder, createHash('sha256').update(stem).digest('hex'))

  async function forgetOld(): Promise<void> {
    for (const name of await readdir(folder)) {
      const { mtimeMs } = await stat(join(folder, name))
      if (Date.now() - mtimeMs > WAIT_MS) await rm(join(folder, name), { force: true })
    }
  }

  return {
    async start() {
      await mkdir(folder, { recursive: true })
      await forgetOld()
    },
    stop() {},
    async keep(shown, text) {
      if ((await readdir(folder)).length >= MAX_WAITING) return false
      const file = fileOf(shown.replace(/\.xmp$/i, ''))
      await writeFile(`${file}.tmp`, text)
      await rename(`${file}.tmp`, file)
      return true
    },
    async of(shown) {
      for (const stem of [shown, shown.slice(0, shown.length - extname(shown).length)]) {
        const text = await readFile(fileOf(stem), 'utf8').catch(() => undefined)
        if (text !== undefined) return text
      }
      return undefined
    }
  }
}
