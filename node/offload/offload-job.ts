/** One offload as a job: the card to the ring and to folders, then the ring's copies read back until the rule is kept. */
import { setTimeout as sleep } from 'node:timers/promises'
import { RefusedError } from '#protocols/errors.ts'
import type { SafeRule } from '#protocols/http.ts'
import type { JobHandle } from '../jobs/jobs.ts'
import type { Importer } from '../library/importer.ts'
import type { Digester } from './copy/digester.ts'
import type { PassProgress } from './copy/each-file.ts'
import { openFolderTarget } from './targets/folder-target.ts'
import type { HashFormat } from './mhl/hash-formats.ts'
import type { SealInit } from './mhl/seal.ts'
import { type Failure, lookAtCard, offload, type OffloadOutcome, type Phase } from './offload.ts'
import { notAll } from './safe/obstacles.ts'
import { RingTarget } from './targets/ring-target.ts'
import { emptyRollList, readRollList } from './rolls/roll-list.ts'
import type { Roll, RollFields } from './rolls/roll-record.ts'
import type { RollsRing } from './rolls/rolls.ts'
import type { Safety } from './safe/safety.ts'

/** The ring is given this long to make its copies before the job ends; it goes on by itself then. In ms. @default 600000 */
export const REPLICATE_MS = 600_000
/** Between two looks at the copies, in ms. @default 2000 */
export const REPLICATE_LOOK_MS = 2_000

export interface OffloadJobParts {
  readonly ring: RollsRing
  readonly importer: Importer
  readonly digester: Digester
  readonly safety: Pick<Safety, 'of' | 'readBack'>
  put(id: string, fields: RollFields): Promise<void>
  find(): Roll
  rule(): SafeRule
}

export interface OffloadJobInit {
  readonly id: string
  readonly name: string
  readonly card: string
  readonly to: readonly string[]
  readonly formats: readonly HashFormat[]
  readonly readTwice: boolean
  readonly origin: Pick<SealInit, 'hostname' | 'tool' | 'author' | 'location' | 'comment'>
}

const STEPS: Readonly<Record<Phase, string>> = { copy: 'copying', source: 'reading the card a second time', readback: 'reading the copies back', replicate: 'waiting for the ring\'s copies, read back from the disks of other nodes' }

/** @throws when not every file is where it should be, with a sentence that says so */
export async function runOffload(parts: OffloadJobParts, init: OffloadJobInit, job: JobHandle): Promise<void> {
  const { put, digester } = parts
  const { id, card, formats } = init
  const before = parts.find()
  const readTwice = init.readTwice || before.verify === 'source+copy' // asked for once, it holds for all that is copied later
  const sourceReads = { ...before.sourceReads }
  await put(id, { state: 'copying', card, to: [...init.to], hashes: [...formats], verify: readTwice ? 'source+copy' : 'copy', endedMs: 0 })
  const tell = phaseTeller(job, id)
  let ringTarget: RingTarget | undefined
  try {
    const content = await lookAtCard(card, job.signal)
    const list = before.manifest === undefined ? emptyRollList() : await readRollList(parts.ring.blobs, before.manifest, { signal: job.signal })
    const about = { ...init.origin, name: init.name, formats, process: 'transfer' as const, digester }
    ringTarget = new RingTarget(parts, { ...about, rollId: id, list, card, signal: job.signal, onList: (manifest) => put(id, { manifest, sourceReads: { ...sourceReads }, ...countsOf(list) }), onImported: (result) => job.note(result) })
    const folders = []
    for (const folder of init.to) folders.push(await openFolderTarget(content, { ...about, folder }))
    const outcome = await offload(content, { card, targets: [ringTarget, ...folders], formats, readTwice }, { digester, signal: job.signal, turn: () => job.turn(), onProgress: tell, onSourceVerified: (way) => { sourceReads[way]++ } })
    const failures = failuresOf(outcome)
    await put(id, { state: failures.length === 0 ? 'done' : 'incomplete', endedMs: Date.now(), failed: failures.length, failures, leftOnCard: 0, to: folders.map(({ root }) => root) })
    if (!outcome.lost.some(({ target }) => target === ringTarget?.name)) await replicate(parts, job, tell)
    if (failures.length > 0) throw new RefusedError(notAll(failures.length, failures[0]))
  } catch (err) {
    if (parts.find().state === 'copying') await put(id, { state: 'incomplete', endedMs: Date.now() })
    throw err
  } finally {
    ringTarget?.close()
  }
}

/** Only the last phase, once more. */
export async function runReadBack(parts: Omit<OffloadJobParts, 'importer' | 'digester'>, job: JobHandle): Promise<void> {
  await replicate(parts, job, phaseTeller(job, parts.find().id), true)
}

/** Until the rule is kept, or can not be kept by the nodes that live, or the time is over. */
async function replicate({ safety, find, rule, ring }: Pick<OffloadJobParts, 'safety' | 'find' | 'rule' | 'ring'>, job: JobHandle, tell: (phase: Phase, progress: PassProgress) => void, isAsked = false): Promise<void> {
  const endMs = performance.now() + REPLICATE_MS
  let isRead = !isAsked
  for (;;) {
    await job.turn()
    const view = await safety.of(find())
    job.update({ report: { ...job.view.report, safe: view } })
    tell('replicate', { filesDone: view.safeFiles, filesTotal: view.files, bytesDone: view.safeFiles === view.files ? find().bytes : Math.round(find().bytes * view.safeFiles / view.files), bytesTotal: find().bytes })
    const live = ring.membership.members().filter(({ alive }) => alive)
    const isPossible = live.length >= rule().nodes && new Set(live.map(({ zone }) => zone)).size >= rule().zones
    const isUnread = view.reasons.some((reason) => reason.includes('not read it back yet'))
    if (isRead && (view.safeFiles === view.files || (!isUnread && (!isPossible || performance.now() > endMs)))) return
    if (isUnread || !isRead) await safety.readBack(find(), { signal: job.signal })
    else await sleep(REPLICATE_LOOK_MS, undefined, { signal: job.signal })
    isRead = true
  }
}

function phaseTeller(job: JobHandle, roll: string): (phase: Phase, progress: PassProgress) => void {
  const phases: Partial<Record<Phase, PassProgress>> = {}
  return (phase, progress) => {
    phases[phase] = progress
    job.update({ ...progress, step: STEPS[phase], report: { ...job.view.report, roll, phase, phases: { ...phases } } })
  }
}

const countsOf = ({ files, mhl }: ReturnType<typeof emptyRollList>): RollFields => {
  const all = [...files.values()]
  return { files: all.length, bytes: all.reduce((sum, { size }) => sum + size, 0), clips: all.filter(({ asset }) => asset).length, generations: new Set(mhl.map(({ generation }) => generation)).size }
}

/** Places that failed first: many files are not there. */
export const failuresOf = ({ lost, failures }: Pick<OffloadOutcome, 'lost' | 'failures'>): Failure[] => [...lost.map(({ target, reason }) => ({ path: target, reason })), ...failures]
