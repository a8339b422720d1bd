import { InvalidInputError, ModelMissingError } from '#protocols/errors.ts'
import { type AssetId, partitionOfAsset } from '#protocols/ids.ts'
import type { Asset, Ring } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { createFailedTries } from '../../derive/failed-tries.ts'
import type { JobHandle, Jobs } from '../../jobs/jobs.ts'
import { createLibraryLook } from '../../library/library-look.ts'
import { demuxerOf } from '../../library/sniff.ts'
import { isSaid } from '../analysis/analysis.ts'
import type { Inference } from '../inference/inference.ts'
import type { Models } from '../models/models.ts'
import { CAPTIONS, captionsMark, type OriginalCaptions } from './captions/original-captions.ts'
import type { Listen } from './listen.ts'
import { createListeners, whyNobodyListens } from './listeners.ts'
import { hasTranscript, heardBy, ORIGINAL } from './transcript.ts'
import type { TranscriptStore } from './transcript-store.ts'

/** After a change it is waited this long for more of them, in ms. @default 1000 */
export const TRANSCRIBE_CALM_MS = 1_000
/** The whole library is looked through this often, in ms, and whenever a node comes or goes, or its models change. @default 3600000 */
export const TRANSCRIBE_LOOK_MS = 3_600_000
/** Name in `Asset.found` by which a person asked for a model's transcript although there are captions. */
export const WISHED = 'transcribe'

export interface TranscriptionsComponents {
  readonly ring: Pick<Ring, 'self' | 'writing'> & {
    readonly catalog: Pick<Ring['catalog'], 'asset' | 'editAsset' | 'index' | 'assetsChanged' | 'unindexed' | 'layoutChanged'>
    readonly placement: Pick<Ring['placement'], 'ranking' | 'targets'>
    readonly membership: Pick<Ring['membership'], 'changed' | 'isAlive' | 'members'>
    readonly localChunks: Pick<Ring['localChunks'], 'disk'>
  }
  readonly jobs: Pick<Jobs, 'submit'>
  readonly inference: Pick<Inference, 'model' | 'whyNot'>
  readonly models: Pick<Models, 'changed' | 'usedFor'>
  readonly captions: OriginalCaptions
  readonly listen: Listen<Asset>
  readonly store: Pick<TranscriptStore, 'put'>
  readonly log: Logger
  /** Unix ms. @default Date.now */
  readonly nowMs?: () => number
}

export interface TranscriptionsInit {
  /** @default TRANSCRIBE_CALM_MS */
  readonly calmMs?: number
  /** @default TRANSCRIBE_LOOK_MS */
  readonly lookMs?: number
}

/** What is still to be made of an asset: captions that came with it, looked for first, and what a model hears. */
export type Due = 'captions' | 'speech'

/** What became of it: `needless` when there is no sound, `off` without a model; `reason` says why it is not there, and what to do. */
export interface TranscriptState {
  readonly state: 'made' | 'needless' | 'waiting' | 'elsewhere' | 'failed' | 'off'
  readonly reason: string | null
}

/** Makes transcripts in the background: the first live owner that can does, and when it dies the next one sees the same gap. */
export interface Transcriptions extends Startable {
  status(asset: Asset): TranscriptState
  /** Listen although there are captions, or although it has failed before. @throws ModelMissingError when nobody can, InvalidInputError when there is nothing to hear */
  wish(asset: Asset): Promise<void>
  /** Look through the whole library for what is this node's to make. */
  look(): Promise<void>
}

export function createTranscriptions({ ring, jobs, inference, models, captions, listen, store, log, nowMs = Date.now }: TranscriptionsComponents, { calmMs = TRANSCRIBE_CALM_MS, lookMs = TRANSCRIBE_LOOK_MS }: TranscriptionsInit = {}): Transcriptions {
  const { catalog, placement, membership } = ring
  const due: Readonly<Record<Due, Set<AssetId>>> = { captions: new Set(), speech: new Set() }
  const running: Record<Due, boolean> = { captions: false, speech: false }
  const failures = createFailedTries(nowMs)
  const leave: Array<() => void> = []
  const stopping = new AbortController()
  let timer: NodeJS.Timeout | undefined

  const keyOf = (id: AssetId, what: Due): string => `${id} ${what}`

  /** What is to be made next; undefined when all is there. */
  function dueOf(asset: Asset): Due | undefined {
    if (asset.deletedAtMs !== undefined || !isRead(asset)) return undefined
    if (asset.found[CAPTIONS] !== captionsMark(asset)) return 'captions'
    if (!isHeard(asset)) return undefined
    const model = modelInUse(models)
    if (asset.made[ORIGINAL] !== undefined && asset.found[WISHED] === undefined) return undefined
    return model !== undefined && asset.made[heardBy(model)] !== undefined ? undefined : 'speech'
  }

  const listenerOf = createListeners({ ring, inference, models })

  /** Whose turn it is: of captions the first live owner. */
  const turnOf = (id: AssetId, what: Due): string | undefined => what === 'captions' ? placement.targets(partitionOfAsset(id))[0] : listenerOf(partitionOfAsset(id))

  function consider(asset: Asset | undefined): void {
    const what = asset && dueOf(asset)
    if (asset === undefined || what === undefined || turnOf(asset.facts.id, what) !== ring.self || !failures.isDue(keyOf(asset.facts.id, what))) return
    due[what].add(asset.facts.id)
  }

  function soon(): void {
    if (stopping.signal.aborted || timer !== undefined || due.captions.size + due.speech.size === 0) return
    timer = setTimeout(() => {
      timer = undefined
      begin()
    }, calmMs).unref()
  }

  function begin(): void {
    if (stopping.signal.aborted || ring.localChunks.disk().acceptsWrites === false) return
    if (due.captions.size > 0 && !running.captions) submit('captions', 'Captions that came with files', runCaptions)
    const [id] = due.speech
    if (id !== undefined && !running.speech) submit('speech', catalog.index.asset(id)?.facts.name ?? id, (job) => runSpeech(job, id))
  }

  function submit(what: Due, title: string, work: (job: JobHandle) => Promise<void>): void {
    running[what] = true
    jobs.submit({ kind: what === 'speech' ? 'transcribe' : 'captions', title, isAutomatic: true, async run(job) {
      running[what] = true
      try {
        await work(job)
      } finally {
        running[what] = false
        soon()
      }
    } })
  }

  /** A job that is tried again tries what failed in it, whenever that was. */
  async function runCaptions(job: JobHandle): Promise<void> {
    const reasons: string[] = []
    for (const key of failures.again(job.id)) due.captions.add(key.split(' ')[0] as AssetId)
    for (let [id] = due.captions; id !== undefined; [id] = due.captions) {
      await job.turn().catch((err) => { due.captions.clear(); throw err })
      due.captions.delete(id)
      job.update({ filesTotal: job.view.filesDone + due.captions.size + 1 })
      const reason = await attempt(id, 'captions', job)
      if (reason !== undefined) reasons.push(reason)
      job.update({ filesDone: job.view.filesDone + 1 })
    }
    if (reasons.length > 0) throw new Error(`${reasons.length === 1 ? 'the captions of one file' : `the captions of ${reasons.length} files`} could not be looked for: ${reasons[0]}`)
  }

  async function runSpeech(job: JobHandle, id: AssetId): Promise<void> {
    due.speech.delete(id)
    failures.again(job.id) // a person wishes it
    const reason = await attempt(id, 'speech', job)
    if (reason !== undefined) throw new Error(reason)
  }

  /** Make it, unless somebody else has meanwhile; answers why it failed. */
  async function attempt(id: AssetId, what: Due, job: JobHandle): Promise<string | undefined> {
    const asset = await catalog.asset(id)
    if (asset === undefined || dueOf(asset) !== what || turnOf(id, what) !== ring.self) return undefined
    const written = ring.writing()
    try {
      await (what === 'captions' ? makeCaptions(asset, job) : makeSpeech(asset, job))
      failures.forget(keyOf(id, what))
      return undefined
    } catch (err) {
      job.signal.throwIfAborted()
      return failed(asset, what, err, job)
    } finally {
      written()
    }
  }

  async function makeCaptions(asset: Asset, job: JobHandle): Promise<void> {
    job.update({ step: `captions of ${asset.facts.name}` })
    const { transcript, refused } = await captions.find(asset, job.signal)
    for (const reason of refused) job.note({ path: asset.facts.name, outcome: 'refused', assetId: asset.facts.id, copies: 0, reason })
    const blob = transcript === undefined ? '' : await store.put(transcript, { signal: job.signal })
    await catalog.editAsset(asset.facts.id, { found: { [CAPTIONS]: captionsMark(asset) }, ...((blob !== '' || asset.made[ORIGINAL] !== undefined) && { made: { [ORIGINAL]: blob } }) })
  }

  async function makeSpeech(asset: Asset, job: JobHandle): Promise<void> {
    const { facts: { id, name, size, probe } } = asset
    const model = inference.model('transcribe')
    if (model === undefined) throw new Error(inference.whyNot('transcribe') ?? 'the model is not there any more')
    job.update({ step: `listening to ${name}`, bytesTotal: size })
    const durationMs = Math.max(1, probe.durationMs ?? 1)
    const { transcript, forget } = await listen(asset, { model, signal: job.signal, turn: () => job.turn(), onProgress: (doneMs) => job.update({ bytesDone: Math.round(Math.min(1, doneMs / durationMs) * size) }) })
    const blob = await store.put(transcript, { signal: job.signal })
    const now = await catalog.asset(id)
    const read = Object.keys(now?.made ?? {}).filter(isSaid) // of what a model heard before
    await catalog.editAsset(id, { made: { ...Object.fromEntries(read.map((each) => [each, ''] as const)), [heardBy(model.name)]: blob } })
    await forget()
  }

  function failed({ facts: { id, name } }: Asset, what: Due, err: unknown, job: JobHandle): string {
    const reason = failures.note(keyOf(id, what), err, job.id)
    log.error('no %s of %s - %s', what, name, reason)
    job.note({ path: name, outcome: 'refused', assetId: id, copies: 0, reason })
    return `${name}: ${reason}`
  }

  function status(asset: Asset): TranscriptState {
    const what = dueOf(asset)
    if (what === undefined && !isHeard(asset)) return { state: 'needless', reason: 'there is no sound in it that is read here' }
    if (what === undefined) return { state: 'made', reason: null }
    const turn = turnOf(asset.facts.id, what)
    if (turn === undefined) return { state: 'off', reason: whyOff() }
    if (turn !== ring.self) return { state: 'elsewhere', reason: `${membership.members().find(({ peerId }) => peerId === turn)?.name ?? 'another node'} makes it` }
    const reason = failures.reason(keyOf(asset.facts.id, what))
    return reason === undefined ? { state: 'waiting', reason: what === 'captions' ? 'captions are being looked for' : 'its turn has not come yet, or somebody is listening to it' } : { state: 'failed', reason }
  }

  async function wish(asset: Asset): Promise<void> {
    const { id } = asset.facts
    if (!isHeard(asset)) throw new InvalidInputError('there is no sound in it that is read here')
    if (turnOf(id, 'speech') === undefined) throw new ModelMissingError(whyOff())
    failures.forget(keyOf(id, 'speech'))
    if (asset.found[WISHED] === undefined) await catalog.editAsset(id, { found: { [WISHED]: 'yes' } })
    consider(catalog.index.asset(id))
    soon()
  }

  const whyOff = (): string => whyNobodyListens(inference)

  const looking = createLibraryLook({ catalog, log }, { everyMs: lookMs, async look(assets) {
    for await (const asset of assets) consider(asset)
    soon()
  } })
  return {
    look: looking.now, status, wish,
    start() {
      leave.push(
        catalog.assetsChanged.on((ids) => {
          for (const id of ids) consider(catalog.index.asset(id))
          soon()
        }),
        membership.changed.on(looking.again),
        models.changed.on(looking.again)
      )
      looking.start()
    },
    async stop() {
      stopping.abort()
      clearTimeout(timer)
      for (const end of leave.splice(0)) end()
      await looking.stop()
    }
  }
}

const isRead = ({ facts: { kind, mime, probe } }: Asset): boolean => kind !== 'image' && (probe.durationMs ?? 0) > 0 && demuxerOf(mime) !== undefined
/** Whether there is sound in it that is read here. */
export const isHeard = (asset: Asset): boolean => isRead(asset) && asset.facts.probe.audioCodec !== undefined
/** Whether nothing can be said in it: there is no sound that is read here, and nobody wrote down any words. */
export const isSilent = (asset: Asset): boolean => !isHeard(asset) && !hasTranscript(asset)

/** Name of the model that the ring uses, wherever it is. */
export function modelInUse(models: Pick<Models, 'usedFor'>): string | undefined {
  const used = models.usedFor('transcribe')
  return used === undefined ? undefined : `${used.manifest.id}@${used.manifest.revision}`
}
