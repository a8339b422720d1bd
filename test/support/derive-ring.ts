/** The parts of a ring that derived files need, in memory, with an owner that a test chooses; files are imported for real. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AssetId, PeerId } from '#protocols/ids.ts'
import { emitter } from '#ring/base/emitter.ts'
import { silentLog } from '#ring/base/log.ts'
import type { Asset } from '#ring'
import { type BlobDoor, createBlobDoor } from '../../node/derive/blob-door.ts'
import { createDerivations, type Derivations } from '../../node/derive/derivations.ts'
import { createDeriveProcesses, type DeriveProcesses } from '../../node/derive/derive-process.ts'
import { createMaker } from '../../node/derive/makers.ts'
import { createJobs, type Jobs } from '../../node/jobs/jobs.ts'
import { createDeepProber } from '../../node/library/deep/deep-prober.ts'
import { createExif, type Exif } from '../../node/library/deep/exif.ts'
import { createImporter, type Importer } from '../../node/library/importer.ts'
import { createProber, type Prober } from '../../node/library/probe.ts'
import { ALDER, createLibraryRing, type LibraryRing } from './library-ring.ts'

export class DeriveRing {
  readonly library: LibraryRing = createLibraryRing()
  readonly jobs: Jobs = createJobs({ node: 'alder', log: silentLog })
  readonly changed = emitter<AssetId[]>()
  readonly membersChanged = emitter<void>()
  readonly exif: Exif = createExif({ log: silentLog })
  readonly prober: Prober = createDeepProber({ prober: createProber({ log: silentLog }, { processes: 1 }), exif: this.exif })
  readonly importer: Importer
  readonly door: BlobDoor
  readonly dir: string
  owner = ALDER
  derivations: Derivations

  readonly #processes: DeriveProcesses[] = []

  private constructor(dir: string, program: URL | undefined) {
    const { blobs } = this.library.ring
    this.dir = dir
    this.door = createBlobDoor()
    this.importer = createImporter({ blobs, catalog: this.#catalog(), prober: this.prober, self: ALDER, writing: () => () => {}, log: silentLog })
    this.derivations = this.#derivations(program)
  }

  static async create(program?: URL): Promise<DeriveRing> {
    const ring = new DeriveRing(await mkdtemp(join(tmpdir(), 'thatdam-derive-')), program)
    await ring.door.start()
    return ring
  }

  /** Begin anew with another program, as a node does that was started again. */
  async again(program?: URL): Promise<void> {
    await this.derivations.stop()
    this.derivations = this.#derivations(program)
    await this.derivations.start()
  }

  asset(id: string | null): Asset {
    const asset = this.library.assets.get(id as AssetId)
    if (asset === undefined) throw new Error(`no asset ${id}`)
    return asset
  }

  async bytes(blob: Asset['made'][string] | undefined): Promise<Buffer> {
    const parts: Uint8Array[] = []
    if (blob !== undefined) for await (const part of this.library.ring.blobs.read(blob)) parts.push(part)
    return Buffer.concat(parts)
  }

  async end(): Promise<void> {
    await this.derivations.stop()
    await this.jobs.stop()
    for (const processes of this.#processes) await processes.stop()
    await this.door.stop()
    await this.prober.stop()
    await rm(this.dir, { recursive: true, force: true })
  }

  #derivations(program: URL | undefined): Derivations {
    const { blobs, localChunks } = this.library.ring
    const processes = createDeriveProcesses({ program })
    this.#processes.push(processes)
    return createDerivations({
      ring: {
        self: ALDER, writing: () => () => {}, localChunks, catalog: this.#catalog(),
        placement: { targets: () => [this.owner] }, membership: { changed: this.membersChanged, members: () => [{ peerId: ALDER, name: 'alder' }, { peerId: 'birch-peer' as PeerId, name: 'birch' }] }
      } as unknown as Parameters<typeof createDerivations>[0]['ring'],
      jobs: this.jobs, log: silentLog, make: createMaker({ blobs, originals: { read: ({ facts: { blob } }, range, options) => blobs.read(blob!, range, options) }, door: this.door, exif: this.exif, folder: this.dir, processes })
    }, { calmMs: 10 })
  }

  #catalog(): Parameters<typeof createImporter>[0]['catalog'] & { assetsChanged: DeriveRing['changed'] } {
    const { catalog } = this.library.ring
    const { assets } = this.library
    const told = <A extends [AssetId, ...unknown[]] | [{ id: AssetId }, ...unknown[]], R>(act: (...args: A) => Promise<R>) => async (...args: A): Promise<R> => {
      const answer = await act(...args)
      this.changed.emit([typeof args[0] === 'string' ? args[0] : args[0].id])
      return answer
    }
    const index = { assets: () => ({ assets: [...assets.values()].filter(({ deletedAtMs }) => deletedAtMs === undefined), total: assets.size, cursor: undefined }), asset: (id: AssetId) => assets.get(id), sharing: () => [...assets.values()] }
    return { ...catalog, index, unindexed: () => 0, layoutChanged: emitter<void>(), assetsChanged: this.changed, addAsset: told(catalog.addAsset.bind(catalog)), editAsset: told(catalog.editAsset.bind(catalog)), asset: catalog.asset.bind(catalog) } as never
  }
}
