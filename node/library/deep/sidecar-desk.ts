import { lstat, readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { ImportResult } from '#protocols/http.ts'
import type { AssetId, ChunkId, PeerId } from '#protocols/ids.ts'
import { type Asset, type Catalog, type ReadModel, type Ring, stemTrait } from '#ring'
import { once } from '#ring/base/bytes.ts'
import { createGuesses, type Guess } from './guesses.ts'
import { belongsBeside, footageStems, MAX_SIDECAR_BYTES, MAX_SIDECARS, ofItsImport } from './sidecars.ts'
import type { Footage, WaitingSidecars } from './waiting-sidecars.ts'

/** Footage that came in lately is known here before the index knows it: so many files. @default 500 */
export const RECENT_FOOTAGE = 500

export interface SidecarDeskComponents {
  readonly blobs: Pick<Ring['blobs'], 'put' | 'read'>
  readonly catalog: Pick<Catalog, 'editAsset' | 'asset'> & { readonly index?: Pick<ReadModel, 'sharing'> }
  readonly waiting: Pick<WaitingSidecars, 'keep' | 'beside' | 'taken'>
  readonly self: PeerId
}

/** Sidecars that are sent as files of their own: each is put beside the pictures and films of its name and folder, whether those came before it or come later. */
export interface SidecarDesk {
  take(path: string, shown: string, batch?: string): Promise<ImportResult>
  /** A picture or film came in under this path: what waits for it is put beside it. */
  arrived(shown: string, id: AssetId, batch?: string): Promise<void>
}

interface Arrival extends Footage {
  readonly atMs: number
}

/** And what the sidecar took the place of. */
interface Put extends Guess {
  readonly before: ChunkId | undefined
  readonly now: ChunkId
}

export function createSidecarDesk({ blobs, catalog, waiting, self }: SidecarDeskComponents): SidecarDesk {
  const recent: Arrival[] = []
  const guesses = createGuesses<Put>()

  const isPartner = (sidecar: string, shown: string): boolean => folderOf(shown) === folderOf(sidecar) && belongsBeside(sidecar, shown)

  /** Pictures before films, as phones mean it. */
  async function partnersOf(shown: string, batch: string | undefined): Promise<Asset[]> {
    const neighbours = footageStems(shown).flatMap((stem) => catalog.index?.sharing(stemTrait(self, `${folderOf(shown)}${stem}.`), 20) ?? [])
    const known = neighbours.filter(({ locations }) => locations.some(({ node, path }) => node === self && isPartner(shown, path)))
    const ids = new Set([...known.map(({ facts }) => facts.id), ...recent.filter((one) => isPartner(shown, one.shown)).map(({ id }) => id)])
    const partners = await Promise.all([...ids].map((id) => catalog.asset(id)))
    const alike = partners.filter((asset) => asset !== undefined).filter(({ deletedAtMs }) => deletedAtMs === undefined)
    return ofItsImport(alike, (asset) => isOf(batch, asset), sinceMs).toSorted((a, b) => Number(b.facts.kind === 'image') - Number(a.facts.kind === 'image'))
  }

  const isOf = (batch: string | undefined, { facts }: Asset): boolean => facts.batch === batch || recent.some((one) => one.id === facts.id && one.batch === batch)

  function sinceMs({ facts }: Asset): number {
    return Math.max(facts.importedAtMs, recent.find(({ id }) => id === facts.id)?.atMs ?? 0)
  }

  async function putBeside(sidecar: string, now: ChunkId, asset: Asset, batch: string | undefined): Promise<void> {
    const { [basename(sidecar)]: before } = asset.sidecars
    const { id } = asset.facts
    await catalog.editAsset(id, { sidecars: { [basename(sidecar)]: now } })
    if (before !== undefined || !isOf(batch, asset)) guesses.add({ sidecar, batch, id, before, now })
  }

  /** What was put beside footage of the same path, as its own had not come, goes back to waiting, and what it replaced is there again. Answers whether there was any. */
  async function takeBack(arrival: Arrival): Promise<boolean> {
    const { shown } = arrival
    let isAny = false
    for (const guess of guesses.about(arrival, (sidecar) => isPartner(sidecar, shown))) {
      const asset = await catalog.asset(guess.id)
      if (asset === undefined || !asset.locations.some(({ path }) => path === shown)) continue
      guesses.forget(guess)
      const name = basename(guess.sidecar)
      if (asset.sidecars[name] !== guess.now) continue
      const before = guess.before && (await blobs.put(blobs.read(guess.before))).id // what nothing named may be on its way out
      await catalog.editAsset(guess.id, { sidecars: { [name]: before ?? null } })
      await waiting.taken({ shown: guess.sidecar, batch: guess.batch }, [])
      isAny = true
    }
    return isAny
  }

  return {
    async take(path, shown, batch) {
      const result = (outcome: ImportResult['outcome'], more: Partial<ImportResult> = {}): ImportResult => ({ path: shown, outcome, assetId: null, copies: 0, reason: null, ...more })
      const { size } = await lstat(path)
      if (size > MAX_SIDECAR_BYTES) return result('refused', { reason: `a file beside a picture or film has at most ${MAX_SIDECAR_BYTES} bytes; this one has ${size}` })
      const bytes = await readFile(path)
      const sidecar = { shown, batch }
      const kept = await waiting.keep(sidecar, bytes) // before it is looked for what is there: that may come in between
      const partners = await partnersOf(shown, batch)
      const [first] = partners
      if (first === undefined && kept === 'no room') return result('refused', { reason: 'too many files wait here for their pictures and films: send those first' })
      if (first === undefined) return result('imported', { reason: `it waits here for the picture or film of its name, for thirty days${kept === 'replaced' ? '; it took the place of another of the same path and import, which waited: send that one again with its picture or film' : ''}` })
      const { id: blob, copies } = await blobs.put(once(bytes))
      const name = basename(shown)
      const lacking = partners.filter(({ sidecars }) => sidecars[name] !== blob)
      for (const asset of lacking) await putBeside(shown, blob, asset, batch)
      await waiting.taken(sidecar, partners.flatMap(({ facts: { id }, locations }) => locations.filter(({ path: at }) => isPartner(shown, at)).map(({ path: at }) => ({ shown: at, id }))))
      const late = recent.find((one) => isPartner(shown, one.shown))
      if (late !== undefined && await takeBack(late)) await waiting.taken(sidecar, [late]) // it came meanwhile
      return result(lacking.length === 0 ? 'known' : 'imported', { assetId: first.facts.id, copies })
    },
    async arrived(shown, id, batch) {
      const arrival = { shown, id, batch, atMs: Date.now() }
      recent.unshift(arrival)
      recent.splice(RECENT_FOOTAGE)
      await takeBack(arrival)
      const sidecars: Record<string, ChunkId> = {}
      const found = await waiting.beside(arrival, (name) => belongsBeside(name, shown))
      for (const [name, { bytes }] of [...found].slice(0, MAX_SIDECARS)) sidecars[name] = (await blobs.put(once(bytes))).id
      if (found.size === 0) return
      const before = (await catalog.asset(id))?.sidecars ?? {}
      await catalog.editAsset(id, { sidecars })
      for (const [name, now] of Object.entries(sidecars)) {
        const of = found.get(name)?.batch
        if (of !== batch) guesses.add({ sidecar: `${folderOf(shown)}${name}`, batch: of, id, before: before[name], now })
      }
    }
  }
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1)
