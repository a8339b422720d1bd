import { lstat, readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { ImportResult } from '#protocols/http.ts'
import type { AssetId, PeerId } from '#protocols/ids.ts'
import { type Asset, type Catalog, type ReadModel, type Ring, stemTrait } from '#ring'
import { once } from '#ring/base/bytes.ts'
import { emitter } from '#ring/base/emitter.ts'
import { MAX_SIDECAR_BYTES, sidecarEnding } from './sidecars.ts'

/** A sidecar that comes before its picture waits this long for it, in ms. @default 15000 */
export const SIDECAR_WAIT_MS = 15_000

export interface SidecarDeskComponents {
  readonly blobs: Pick<Ring['blobs'], 'put'>
  readonly catalog: Pick<Catalog, 'editAsset' | 'asset'> & { readonly index?: Pick<ReadModel, 'sharing'> }
  readonly self: PeerId
}

/** Sidecars that are sent as files of their own: each is put beside the picture or film of its name and folder. */
export interface SidecarDesk {
  take(path: string, shown: string, signal: AbortSignal | undefined): Promise<ImportResult>
  /** A picture or film came in under this path. */
  arrived(shown: string, id: AssetId): void
}

export function createSidecarDesk({ blobs, catalog, self }: SidecarDeskComponents, { waitMs = SIDECAR_WAIT_MS }: { waitMs?: number } = {}): SidecarDesk {
  const arrivals = emitter<{ shown: string; id: AssetId }>()

  const isPartner = (sidecar: string, shown: string): boolean => folderOf(shown) === folderOf(sidecar) && sidecarEnding(basename(sidecar), shown) !== undefined

  /** Pictures before films, as phones mean it. */
  function known(shown: string): Asset | undefined {
    const neighbours = partnerPaths(shown).flatMap((path) => catalog.index?.sharing(stemTrait(self, path), 20) ?? [])
    const partners = neighbours.filter(({ locations }) => locations.some(({ node, path }) => node === self && isPartner(shown, path)))
    return partners.toSorted((a, b) => Number(b.facts.kind === 'image') - Number(a.facts.kind === 'image'))[0]
  }

  function coming(shown: string, signal: AbortSignal | undefined): Promise<AssetId | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<AssetId | undefined>()
    const off = arrivals.on((arrival) => { if (isPartner(shown, arrival.shown)) resolve(arrival.id) })
    const timer = setTimeout(resolve, waitMs, undefined)
    const onAbort = (): void => reject(signal?.reason)
    signal?.addEventListener('abort', onAbort, { once: true })
    return promise.finally(() => {
      off()
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    })
  }

  async function put(path: string, shown: string, id: AssetId, signal: AbortSignal | undefined): Promise<ImportResult> {
    const asset = await catalog.asset(id)
    const name = basename(shown)
    const bytes = await readFile(path)
    const blob = await blobs.put(once(bytes), signal === undefined ? {} : { signal })
    const isKnown = asset?.sidecars[name] === blob.id
    if (!isKnown) await catalog.editAsset(id, { sidecars: { [name]: blob.id } })
    return { path: shown, outcome: isKnown ? 'known' : 'imported', assetId: id, copies: blob.copies, reason: null }
  }

  return {
    async take(path, shown, signal) {
      const refused = (reason: string): ImportResult => ({ path: shown, outcome: 'refused', assetId: null, copies: 0, reason })
      const { size } = await lstat(path)
      if (size > MAX_SIDECAR_BYTES) return refused(`a file beside a picture has at most ${MAX_SIDECAR_BYTES} bytes; this one has ${size}`)
      const wait = coming(shown, signal) // before it is looked for: it may come in between
      const there = known(shown)?.facts.id
      if (there !== undefined) wait.catch(() => {})
      const id = there ?? await wait
      return id === undefined ? refused('it belongs beside a picture or film of its name in its folder, which is not in the library: add them together') : put(path, shown, id, signal)
    },
    arrived: (shown, id) => arrivals.emit({ shown, id })
  }
}

/** Where what it lies beside may be: an iPhone's IMG_O0001.AAE is of IMG_0001 or IMG_E0001. */
const partnerPaths = (shown: string): string[] => [...new Set([shown, shown.replace(/\/img_o(?=\d+\.\w+$)/i, '/img_'), shown.replace(/\/img_o?(?=\d+\.\w+$)/i, '/img_e')])]

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))
