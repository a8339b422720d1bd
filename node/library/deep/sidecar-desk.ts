import { lstat, readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { ImportResult } from '#protocols/http.ts'
import type { AssetId, ChunkId, PeerId } from '#protocols/ids.ts'
import { type Asset, type Catalog, type ReadModel, type Ring, stemTrait } from '#ring'
import { once } from '#ring/base/bytes.ts'
import { belongsBeside, footageStems, MAX_SIDECAR_BYTES, MAX_SIDECARS } from './sidecars.ts'
import type { WaitingSidecars } from './waiting-sidecars.ts'

/** Footage that came in lately is known here before the index knows it: so many files. @default 500 */
export const RECENT_FOOTAGE = 500

export interface SidecarDeskComponents {
  readonly blobs: Pick<Ring['blobs'], 'put'>
  readonly catalog: Pick<Catalog, 'editAsset' | 'asset'> & { readonly index?: Pick<ReadModel, 'sharing'> }
  readonly waiting: Pick<WaitingSidecars, 'keep' | 'beside'>
  readonly self: PeerId
}

/** Sidecars that are sent as files of their own: each is put beside the pictures and films of its name and folder, whether those came before it or come later. */
export interface SidecarDesk {
  take(path: string, shown: string): Promise<ImportResult>
  /** A picture or film came in under this path: what waits for it is put beside it. */
  arrived(shown: string, id: AssetId): Promise<void>
}

interface Footage { readonly shown: string; readonly id: AssetId }

export function createSidecarDesk({ blobs, catalog, waiting, self }: SidecarDeskComponents): SidecarDesk {
  const recent: Footage[] = []

  const isPartner = (sidecar: string, shown: string): boolean => folderOf(shown) === folderOf(sidecar) && belongsBeside(sidecar, shown)

  /** Pictures before films, as phones mean it. */
  async function partnersOf(shown: string): Promise<Asset[]> {
    const neighbours = footageStems(shown).flatMap((stem) => catalog.index?.sharing(stemTrait(self, `${folderOf(shown)}${stem}.`), 20) ?? [])
    const known = neighbours.filter(({ locations }) => locations.some(({ node, path }) => node === self && isPartner(shown, path)))
    const ids = new Set([...known.map(({ facts }) => facts.id), ...recent.filter((one) => isPartner(shown, one.shown)).map(({ id }) => id)])
    const partners = await Promise.all([...ids].map((id) => catalog.asset(id)))
    return partners.filter((asset) => asset !== undefined).filter(({ deletedAtMs }) => deletedAtMs === undefined).toSorted((a, b) => Number(b.facts.kind === 'image') - Number(a.facts.kind === 'image'))
  }

  return {
    async take(path, shown) {
      const result = (outcome: ImportResult['outcome'], more: Partial<ImportResult> = {}): ImportResult => ({ path: shown, outcome, assetId: null, copies: 0, reason: null, ...more })
      const { size } = await lstat(path)
      if (size > MAX_SIDECAR_BYTES) return result('refused', { reason: `a file beside a picture or film has at most ${MAX_SIDECAR_BYTES} bytes; this one has ${size}` })
      const bytes = await readFile(path)
      const isKept = await waiting.keep(shown, bytes) // before it is looked for what is there: that may come in between
      const partners = await partnersOf(shown)
      const [first] = partners
      if (first === undefined) return isKept ? result('imported', { reason: 'it waits here for the picture or film of its name, for thirty days' }) : result('refused', { reason: 'too many files wait here for their pictures and films: send those first' })
      const { id: blob, copies } = await blobs.put(once(bytes))
      const name = basename(shown)
      const lacking = partners.filter(({ sidecars }) => sidecars[name] !== blob)
      for (const { facts } of lacking) await catalog.editAsset(facts.id, { sidecars: { [name]: blob } })
      return result(lacking.length === 0 ? 'known' : 'imported', { assetId: first.facts.id, copies })
    },
    async arrived(shown, id) {
      recent.unshift({ shown, id })
      recent.splice(RECENT_FOOTAGE)
      const sidecars: Record<string, ChunkId> = {}
      const found = await waiting.beside(shown, (name) => belongsBeside(name, shown))
      for (const [name, bytes] of [...found].slice(0, MAX_SIDECARS)) sidecars[name] = (await blobs.put(once(bytes))).id
      if (found.size > 0) await catalog.editAsset(id, { sidecars })
    }
  }
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1)
