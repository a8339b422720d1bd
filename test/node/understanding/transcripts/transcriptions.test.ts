import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { ModelMissingError } from '#protocols/errors.ts'
import { type AssetId, type ChunkId, chunkIdOf } from '#protocols/ids.ts'
import type { Asset } from '#ring'
import { emitter } from '#ring/base/emitter.ts'
import { silentLog } from '#ring/base/log.ts'
import { createJobs, type Jobs } from '../../../../node/jobs/jobs.ts'
import { CAPTIONS as LOOKED_FOR, captionsMark } from '../../../../node/understanding/transcripts/captions/original-captions.ts'
import type { Transcript } from '../../../../node/understanding/transcripts/transcript.ts'
import { DERIVE_AGAIN_MS, DERIVE_TRIES } from '../../../../node/derive/failed-tries.ts'
import { createTranscriptions, type Transcriptions } from '../../../../node/understanding/transcripts/transcriptions.ts'
import { until } from '../../../support/until.ts'

const test = suite('transcripts that are missing')

const SAID: Transcript = { origin: { kind: 'model', from: 'm@1' }, language: 'en', languageConfidence: 1, languages: [], lines: [], dropped: 0 }
const CAPTIONS: Transcript = { ...SAID, origin: { kind: 'captions', from: 'a.srt' } }

/** One node of a ring of three, with everything around it made up. */
class World {
  readonly assets = new Map<AssetId, Asset>()
  readonly assetsChanged = emitter<AssetId[]>()
  readonly membersChanged = emitter<void>()
  readonly modelsChanged = emitter<void>()
  readonly alive = new Set(['alder', 'birch', 'cedar'])
  /** Nodes with the model, and who comes first. */
  having = new Set(['alder'])
  order = ['alder', 'birch', 'cedar']
  captions: Transcript | undefined
  listened: AssetId[] = []
  broken: Error | undefined
  nowMs = 1_000_000
  acceptsWrites = true
  readonly jobs: Jobs = createJobs({ node: 'alder', log: silentLog })
  readonly transcriptions: Transcriptions

  constructor() {
    const model = () => (this.having.has('alder') ? { id: 'm', name: 'm@1' } : undefined)
    this.transcriptions = createTranscriptions({
      ring: {
        self: 'alder', writing: () => () => {}, localChunks: { disk: () => ({ acceptsWrites: this.acceptsWrites }) },
        catalog: {
          asset: async (id: AssetId) => this.assets.get(id), unindexed: () => 0, layoutChanged: emitter<void>(), assetsChanged: this.assetsChanged, index: { asset: (id: AssetId) => this.assets.get(id), assets: () => ({ assets: [...this.assets.values()], cursor: undefined }) },
          editAsset: async (id: AssetId, { made = {}, found = {} }: { made?: Record<string, ChunkId>; found?: Record<string, string> }) => {
            const asset = this.assets.get(id)!
            this.assets.set(id, { ...asset, made: { ...asset.made, ...made }, found: { ...asset.found, ...found } })
            this.assetsChanged.emit([id])
          }
        },
        placement: { ranking: () => this.order, targets: () => this.order.filter((node) => this.alive.has(node)).slice(0, 2) },
        membership: { changed: this.membersChanged, isAlive: (node: string) => this.alive.has(node), members: () => this.order.map((node) => ({ peerId: node, name: `node ${node}`, self: node === 'alder' })) }
      } as never,
      jobs: this.jobs,
      inference: { model, whyNot: () => (model() === undefined ? 'm is not on this node: thatdam models pull m' : undefined) } as never,
      models: { changed: this.modelsChanged, usedFor: () => ({ manifest: { id: 'm', revision: '1' }, nodes: [...this.having].filter((node) => node !== 'alder').map((node) => `node ${node}`) }) } as never,
      captions: { find: async () => { if (this.broken !== undefined) throw this.broken; return { transcript: this.captions, refused: [] } } },
      listen: async ({ facts: { id } }) => {
        this.listened.push(id)
        if (this.broken !== undefined) throw this.broken
        return { transcript: SAID, forget: async () => {} }
      },
      store: { put: async ({ origin }) => chunkIdOf(Buffer.from(origin.kind)) },
      log: silentLog, nowMs: () => this.nowMs
    }, { calmMs: 1 })
  }

  add(change: Partial<Asset> & { facts?: object } = {}): AssetId {
    const id = `asset-${this.assets.size}` as AssetId
    const facts = { id, name: `${id}.mp4`, kind: 'video', mime: 'video/mp4', size: 100, probe: { durationMs: 4_000, audioCodec: 'aac' }, ...change.facts }
    this.assets.set(id, { title: '', made: {}, found: {}, sidecars: {}, deletedAtMs: undefined, ...change, facts } as unknown as Asset)
    this.assetsChanged.emit([id])
    return id
  }

  /** An asset whose captions were looked for. */
  addSeen(change: Partial<Asset> = {}): AssetId {
    return this.add({ ...change, found: { [LOOKED_FOR]: captionsMark({ sidecars: {} }), ...change.found } })
  }

  madeOf = (id: AssetId): string[] => Object.keys(this.assets.get(id)!.made)
  stateOf = (id: AssetId): string => this.transcriptions.status(this.assets.get(id)!).state
  idle = (): Promise<unknown> => until(() => this.jobs.list().every(({ state }) => state !== 'running'), 'nothing runs')
}

let world: World
test.before.each(async () => { world = new World(); await world.transcriptions.start() })
test.after.each(async () => { await world.transcriptions.stop() })

test('captions are looked for first; only where there are none the model listens', async () => {
  const id = world.add()
  await until(() => world.madeOf(id).length > 0, 'it was listened to')
  assert.deepEqual(world.madeOf(id), ['transcript@m@1'])
  world.captions = CAPTIONS
  const captioned = world.add()
  await until(() => world.madeOf(captioned).length > 0, 'captions were found')
  await world.idle()
  assert.deepEqual([world.madeOf(captioned), world.listened], [['transcript@original'], [id]])
  assert.deepEqual([world.stateOf(id), world.stateOf(captioned)], ['made', 'made'])
})

test('what is heard anew is read anew for what it means', async () => {
  const blob = chunkIdOf(Buffer.from('blob'))
  const id = world.addSeen({ made: { 'transcript@older@1': blob, 'said@meanings-1': blob, 'sentences@meanings-1': blob } })
  await until(() => world.madeOf(id).includes('transcript@m@1'), 'it was listened to')
  const { made } = world.assets.get(id)!
  assert.deepEqual([made['said@meanings-1'], made['sentences@meanings-1'], made['transcript@older@1']], ['', blob, blob])
})

test('a person may want to know what the model hears although there are captions', async () => {
  world.captions = CAPTIONS
  const id = world.add()
  await until(() => world.madeOf(id).length === 1, 'captions were found')
  await world.transcriptions.wish(world.assets.get(id)!)
  await until(() => world.madeOf(id).length === 2, 'both are there')
  world.having = new Set()
  await assert.rejects(world.transcriptions.wish(world.assets.get(id)!), { code: 'ERR_MODEL_MISSING' })
})

test('the first live node that has the model listens, and when it dies the next one does', async () => {
  world.order = ['cedar', 'birch', 'alder']
  world.having = new Set(['birch', 'alder'])
  const id = world.addSeen()
  await until(() => world.stateOf(id) === 'elsewhere', 'it is told')
  assert.deepEqual([world.transcriptions.status(world.assets.get(id)!).reason, world.listened], ['node birch makes it', []])
  world.alive.delete('birch')
  world.membersChanged.emit()
  await until(() => world.madeOf(id).length > 0, 'it was listened to here')
})

test('without a model anywhere it is off, and says what to do; when one comes, it listens', async () => {
  world.having = new Set()
  const id = world.addSeen()
  assert.deepEqual(world.transcriptions.status(world.assets.get(id)!), { state: 'off', reason: 'm is not on this node: thatdam models pull m' })
  world.having = new Set(['alder'])
  world.modelsChanged.emit()
  await until(() => world.madeOf(id).length > 0, 'it was listened to')
})

test('what has no sound, what is a picture and what was deleted are left alone', async () => {
  for (const change of [{ facts: { probe: { durationMs: 4_000 } } }, { facts: { kind: 'image', mime: 'image/jpeg' } }]) assert.equal(world.stateOf(world.addSeen(change as never)), 'needless')
  world.addSeen({ deletedAtMs: 5 })
  const id = world.addSeen()
  await until(() => world.madeOf(id).length > 0, 'the one with sound was listened to')
  assert.deepEqual(world.listened, [id])
})

test('what failed says why, is tried again later, longer and longer, and then left alone', async () => {
  world.broken = new ModelMissingError('the model broke')
  const id = world.addSeen()
  await until(() => world.stateOf(id) === 'failed', 'it failed')
  assert.match(world.transcriptions.status(world.assets.get(id)!).reason ?? '', /the model broke/)
  assert.equal(world.jobs.list()[0]?.error?.includes('the model broke'), true)
  for (let look = 0; look < 6; look++) {
    world.nowMs += DERIVE_AGAIN_MS * 4 ** look + 1
    await world.transcriptions.look()
    await world.idle()
    await new Promise((resolve) => setTimeout(resolve, 20))
    await world.idle()
  }
  assert.ok(world.listened.length <= DERIVE_TRIES, `${world.listened.length}`)
  world.broken = undefined
  await world.jobs.retry(world.jobs.list().find(({ kind }) => kind === 'transcribe')!.id)
  await until(() => world.stateOf(id) === 'made', 'a person had it tried again')
})

test('nothing is made while the disk is full; afterwards it is', async () => {
  world.acceptsWrites = false
  const id = world.addSeen()
  await world.transcriptions.look()
  await new Promise((resolve) => setTimeout(resolve, 30))
  assert.deepEqual([world.listened, world.stateOf(id)], [[], 'waiting'])
  world.acceptsWrites = true
  await world.transcriptions.look()
  await until(() => world.madeOf(id).length > 0, 'it was listened to')
})

test.run()
