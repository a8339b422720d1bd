import { type Asset, everyAssetInTurns, type Ring } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { repeating } from '#ring/base/tasks.ts'
import { lookThrough } from './look-through.ts'

/** While the lists are being built it is looked again after so long, in ms. @default 10000 */
export const INDEX_AGAIN_MS = 10_000

export interface LibraryLookComponents {
  readonly catalog: Pick<Ring['catalog'], 'unindexed' | 'layoutChanged'> & { readonly index: Pick<Ring['catalog']['index'], 'assets'> }
  readonly log: Logger
}

export interface LibraryLookInit {
  /** From one look to the next, in ms. */
  readonly everyMs: number
  /** Given every asset, with the turns of others in between; they end early when it is stopped, and the signal says so. */
  readonly look: (assets: AsyncIterable<Asset>, signal: AbortSignal) => Promise<void>
}

/** Looks through the whole library every so often, as soon as its lists are built, when other nodes own it now, and whenever it is told to. */
export interface LibraryLook extends Startable {
  /** Now; when it is looking already, once more after that. Resolves when it has looked. */
  now(): Promise<void>
  /** The same, by itself: what goes wrong is in the log. */
  again(): void
}

export function createLibraryLook({ catalog, log }: LibraryLookComponents, { everyMs, look }: LibraryLookInit): LibraryLook {
  const stopping = new AbortController()
  let later: NodeJS.Timeout | undefined
  let leave = (): void => {}

  async function* assets(): AsyncGenerator<Asset> {
    for await (const asset of everyAssetInTurns(catalog.index)) {
      if (stopping.signal.aborted) return
      yield asset
    }
  }

  async function lookOnce(): Promise<void> {
    clearTimeout(later)
    if (stopping.signal.aborted) return
    if (catalog.unindexed() > 0) return void (later = setTimeout(again, INDEX_AGAIN_MS).unref())
    await look(assets(), stopping.signal)
  }

  const now = lookThrough(lookOnce)
  const looking = repeating(now, everyMs, log)

  function again(): void {
    now().catch((err) => { if (!stopping.signal.aborted) log.error('could not look through the library - %s', err) })
  }

  return {
    now, again,
    start() {
      leave = catalog.layoutChanged.on(again)
      looking.start()
      again()
    },
    async stop() {
      stopping.abort()
      leave()
      clearTimeout(later)
      await Promise.all([looking.stop(), now().catch(() => {})])
    }
  }
}
