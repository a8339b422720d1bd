/** People at work: a few requests per second to any node, and what became of each told to the model. */
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ImportResult } from '#protocols/http.ts'
import { CHUNK_BYTES } from '#ring'
import type { Answer } from '../support/door.ts'
import { CAMERA, type Cluster } from './cluster.ts'
import { type MadeFile, makeFile, makeWav } from './media.ts'
import { type Kind, type Model, ModelAsset } from './model.ts'
import type { Random } from './random.ts'

/** Pause between two requests of one client, in ms: at least and at most. */
const PAUSE_MS = [350, 900] as const
const JSON_TYPE = { 'content-type': 'application/json' }

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** What the chunks of a file are called. */
export function chunksOf(bytes: Uint8Array): string[] {
  return Array.from({ length: Math.ceil(bytes.length / CHUNK_BYTES) }, (_, i) => sha256(bytes.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES)))
}

export interface ClientComponents {
  cluster: Cluster
  model: Model
  /** True while nothing is wrong with any node, nor has been a moment ago. */
  isCalm(): boolean
}

export class Client {
  readonly #parts: ClientComponents
  readonly #random: Random
  readonly #name: string
  #files = 0

  constructor(parts: ClientComponents, random: Random, name: string) {
    this.#parts = parts
    this.#random = random
    this.#name = name
  }

  async work(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#one()
      await sleep(this.#random.between(...PAUSE_MS), undefined, { signal }).catch(() => {})
    }
  }

  #one(): Promise<unknown> {
    const asset = this.#someAsset()
    const node = this.#random.pick(this.#parts.cluster.names)
    const dice = this.#random.next()
    if (asset === undefined || dice < 0.35) return this.upload(node)
    if (dice < 0.55) return this.#addTag(asset, node)
    if (dice < 0.72) return this.#describe(asset)
    if (dice < 0.92) return this.#read(asset, node)
    return this.#delete(asset, node)
  }

  #someAsset(): ModelAsset | undefined {
    const known = this.#parts.model.promised()
    return known.length === 0 ? undefined : this.#random.pick(known)
  }

  /** Answers true when it was acknowledged. */
  async upload(node: string, { name, bytes }: MadeFile = this.makeFile(), withinMs?: number): Promise<boolean> {
    const { cluster, model } = this.#parts
    const asset = new ModelAsset(sha256(bytes), bytes.length, this.#random.pick(cluster.names), chunksOf(bytes))
    model.assets.set(asset.id, asset)
    const isCalm = this.#parts.isCalm()
    const answer = await this.#send('upload', node, { method: 'POST', path: `/assets?name=${name}`, headers: { 'content-type': 'application/octet-stream' }, body: bytes, ...(withinMs === undefined ? {} : { withinMs }) })
    if (answer?.status !== 200) return false
    const result = (JSON.parse(answer.body.toString()) as { results: ImportResult[] }).results[0]
    if (result === undefined || result.outcome === 'refused') return false
    asset.upload = 'acknowledged'
    model.acknowledge('upload')
    if (result.assetId !== asset.id) model.lose('upload', `${node} calls ${asset.id} ${result.assetId}`)
    if (isCalm && this.#parts.isCalm() && result.copies < 2) model.lose('upload', `${node} acknowledged ${asset.id} with ${result.copies} copies while all nodes lived`)
    return true
  }

  /** One that nobody has uploaded yet; of about `megabytes`, or of any size. */
  makeFile(megabytes?: number): MadeFile {
    const label = `${this.#name}-${this.#files++}`
    return megabytes === undefined ? makeFile(this.#random, label) : { name: `${label}.wav`, bytes: makeWav(this.#random, megabytes * 500_000) }
  }

  async #addTag(asset: ModelAsset, node: string): Promise<void> {
    const tag = `${this.#name}-${asset.tags.size}`
    if (asset.tags.has(tag)) return
    asset.tags.set(tag, false)
    if (await this.#edit(asset, node, { addTags: [tag] }) === 'acknowledged') asset.tags.set(tag, true)
  }

  async #describe(asset: ModelAsset): Promise<void> {
    if (asset.busy) return
    asset.busy = true
    if (this.#random.chance(0.5)) {
      const title = `${this.#name} ${this.#random.between(0, 1e9)}`
      asset.title.attempt(title)
      const outcome = await this.#edit(asset, asset.editor, { title })
      if (outcome === 'acknowledged') asset.title.acknowledge(title)
      if (outcome === 'refused') asset.title.refuse(title)
    } else {
      const rating = this.#random.between(1, 5)
      asset.rating.attempt(rating)
      const outcome = await this.#edit(asset, asset.editor, { rating })
      if (outcome === 'acknowledged') asset.rating.acknowledge(rating)
      if (outcome === 'refused') asset.rating.refuse(rating)
    }
    asset.busy = false
  }

  /** Refused: the node has never heard of the asset, so nothing was written. */
  async #edit(asset: ModelAsset, node: string, edit: object): Promise<'acknowledged' | 'refused' | 'unknown'> {
    const answer = await this.#send('edit', node, { method: 'PATCH', path: `/assets/${asset.id}`, headers: JSON_TYPE, body: JSON.stringify(edit) })
    if (answer?.status === 404) return 'refused'
    if (answer?.status !== 200) return 'unknown'
    this.#parts.model.acknowledge('edit')
    return 'acknowledged'
  }

  async #delete(asset: ModelAsset, node: string): Promise<void> {
    asset.deleted = 'maybe'
    const isForGood = this.#random.chance(0.5)
    const answer = await this.#send('delete', node, { method: 'DELETE', path: `/assets/${asset.id}${isForGood ? '?purge=true' : ''}` })
    if (answer?.status === 404) asset.deleted = 'no'
    if (answer?.status !== 204) return
    asset.deleted = 'yes'
    asset.purged = isForGood
    this.#parts.model.acknowledge('delete')
  }

  async #read(asset: ModelAsset, node: string): Promise<void> {
    const answer = await this.#send('read', node, { path: `/assets/${asset.id}/content` })
    if (answer?.status !== 200) return
    this.#parts.model.acknowledge('read')
    if (sha256(answer.body) !== asset.id) this.#parts.model.lose('read', `${node} answered other bytes for ${asset.id}`)
  }

  /** undefined when there was no answer: the request may have been carried out all the same. */
  async #send(kind: Kind, node: string, asked: Parameters<Cluster['ask']>[1]): Promise<Answer | undefined> {
    this.#parts.model.begin(kind)
    return this.#parts.cluster.ask(node, asked).catch(() => undefined)
  }
}

/** Note how far each node that records the camera says it is durable. */
export async function watchCamera({ cluster, model }: ClientComponents, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await Promise.all(cluster.names.map(async (name) => {
      const { cameras } = await cluster.cameras(name)
      const camera = cameras.find(({ id, here }) => id === CAMERA && here)
      if (camera !== undefined) model.recorded(camera.lastDurableMs)
    }).map((asked) => asked.catch(() => {}))) // a node that does not answer promises nothing
    await sleep(500, undefined, { signal }).catch(() => {})
  }
}
