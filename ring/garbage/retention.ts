import { type CameraId, type ChunkId, type Partition, partitionOfCamera, type PeerId } from '#protocols/ids.ts'
import type { Alarms } from '../base/alarms.ts'
import { wallClock } from '../base/clock.ts'
import type { AbortOptions, Startable } from '../base/lifecycle.ts'
import { type Logger, silentLog } from '../base/log.ts'
import { repeating } from '../base/tasks.ts'
import { HOUR_MS, hourOf } from '../catalog/camera-hour.ts'
import { countsMotion, type RecordedHour } from '../catalog/camera-policy.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { isFree } from '../catalog/kept-footage.ts'
import { chunksUnder, type Reference, referencesOfSession } from '../catalog/references.ts'
import type { Membership } from '../network/membership.ts'
import type { Placement } from '../placement/placement.ts'
import { type EverybodyComponents, hearEverybody, silenceIn, WaitingError } from './everybody.ts'
import { MOTION_REACH_MS, stillHours } from './stillness.ts'
import { type CameraFootage, type ExpiringHour, type ExpiryPlan, planExpiry } from './expiry-plan.ts'
import type { SeenTime } from './seen-time.ts'

/** How often it is looked for footage whose time is over, in ms. @default 600000 */
export const RETENTION_PERIOD_MS = 600_000
/** How often it is looked whether the disks run out, in ms. @default 30000 */
export const SPACE_LOOK_MS = 30_000
/** Space that was given up is counted on for this long beyond the grace of garbage, in ms: until it is freed. @default 86400000 */
export const FREED_AFTER_MS = 86_400_000
/** In place of hours that may go and have to stay, because too few nodes have them, others are tried until so many had to stay. @default 100 */
export const MAX_STAYED_HOURS = 100
const DAY_MS = 86_400_000
const ALARM = 'space-low'
const CLOCK_ALARM = 'clock-doubted'

export interface RetentionComponents extends EverybodyComponents {
  readonly self: PeerId
  readonly membership: Pick<Membership, 'members' | 'isAlive'>
  readonly placement: Pick<Placement, 'ranking' | 'replicas'>
  readonly catalog: EverybodyComponents['catalog'] & Pick<Catalog, 'cameras' | 'index' | 'policy' | 'unindexed'>
  readonly usage: () => { readonly freeBytes: number; readonly usedBytes: number }
  readonly get: (id: ChunkId) => Promise<Uint8Array>
  /** On how many nodes that answer the least held of these chunks is. */
  readonly leastCopies: (ids: readonly ChunkId[], options?: AbortOptions) => Promise<number>
  /** Nodes that must hold what is given up for want of space. */
  readonly writeQuorum: number
  readonly alarms: Pick<Alarms, 'raise' | 'clear'>
  readonly seen: SeenTime
  readonly log?: Logger
  /** Unix ms. @default the machine's clock */
  readonly nowMs?: () => number
}

export interface RetentionInit {
  /** Grace of garbage, in ms. */
  readonly graceMs: number
  /** @default RETENTION_PERIOD_MS */
  readonly periodMs?: number
}

/** How much room the ring's disks have; `totalBytes` is what is free and what the ring holds. */
export interface Space {
  readonly freeBytes: number
  readonly totalBytes: number
  readonly lowPercent: number
  readonly low: boolean
}

/** What goes, or would go. */
export interface RetentionFindings {
  /** Why nothing can be given up now, and what would help. */
  readonly waiting: string | null
  readonly hours: readonly ExpiringHour[]
  readonly space: Space & { readonly shortBytes: number }
}

/** Gives up footage by the rules people made for cameras: whole camera-hours, never anything that is kept. Each camera has one node that does it. */
export interface Retention extends Startable {
  /** Look now, at all cameras. `dryRun`: only say, by what this node knows, what would go. */
  run(options?: AbortOptions & { dryRun?: boolean }): Promise<RetentionFindings>
}

export function createRetention(components: RetentionComponents, init: RetentionInit): Retention {
  const { self, membership, placement, catalog, alarms, seen, writeQuorum, nowMs = () => wallClock.nowMs() } = components
  const log = (components.log ?? silentLog).scope('ring:retention')
  const stopping = new AbortController()
  let turn: Promise<unknown> = Promise.resolve()
  /** Why what may go did not go when it was tried last. */
  let hindrance: string | undefined

  const isMine = (partition: Partition): boolean => placement.ranking(partition).find((peer) => membership.isAlive(peer)) === self
  /** One node decides for the disks of all. */
  const isKeeper = (): boolean => isMine(0 as Partition)

  function space(): Space {
    const disks = membership.members().flatMap((member) => member.self ? components.usage() : member.alive && member.presence !== undefined ? member.presence : [])
    const freeBytes = disks.reduce((sum, disk) => sum + disk.freeBytes, 0)
    const totalBytes = freeBytes + disks.reduce((sum, disk) => sum + disk.usedBytes, 0)
    const { lowPercent } = catalog.policy.space()
    return { freeBytes, totalBytes, lowPercent, low: freeBytes < totalBytes * lowPercent / 100 }
  }

  /** Footage that would have to go, its copies not counted, beyond what was given up and is not freed yet. */
  function wantedBytes({ freeBytes, totalBytes, lowPercent, low }: Space, atMs: number): number {
    if (!low) return 0
    const copies = Math.max(1, Math.min(placement.replicas, membership.members().length))
    const coming = catalog.policy.shortenings().filter((each) => each.atMs > atMs - init.graceMs - FREED_AFTER_MS).reduce((sum, { bytes }) => sum + bytes, 0)
    return Math.max(0, (totalBytes * lowPercent / 100 - freeBytes) / copies - coming)
  }

  const footage = (): CameraFootage[] => catalog.cameras().map(({ id: camera }) => {
    const [rule, hours] = [catalog.policy.retention(camera), catalog.index.hourSizes(camera)]
    const [oldest, newest] = [hours[0], hours.at(-1)]
    const isAsked = countsMotion(rule) && oldest !== undefined && newest !== undefined
    const behindMs = ({ hour, startMs, endMs }: RecordedHour): number => Math.max(0, ...catalog.index.notes(camera, startMs, endMs).filter((note) => note.hour === hour).map((note) => note.behindMs ?? 0))
    return { camera, rule, kept: catalog.policy.kept(camera), hours, behindMs, ...(isAsked && { still: stillHours(hours, catalog.index.notes(camera, oldest.startMs - MOTION_REACH_MS, newest.endMs + MOTION_REACH_MS)) }) }
  })

  function plan(atMs: number): { findings: RetentionFindings } & Pick<ExpiryPlan, 'spare' | 'doubted'> {
    const now = space()
    const { hours, spare, doubted, shortBytes } = planExpiry(footage(), atMs, wantedBytes(now, atMs), seen.sureMs(atMs))
    return { findings: { waiting: null, hours, space: { ...now, shortBytes } }, spare, doubted }
  }

  async function look(isAll: boolean, signal: AbortSignal): Promise<RetentionFindings> {
    if (catalog.unindexed() === 0) await seen.look(nowMs(), false)
    const { findings: now, doubted } = plan(nowMs())
    if (!isAll && ![...now.hours, ...doubted].some(isForMe)) {
      hindrance = undefined
      return { ...now, hours: [] }
    }
    try {
      if (catalog.unindexed() > 0) throw new WaitingError('waiting for the lists of this node, which are being built')
      const heard = await hearEverybody(components, { oldestMs: 0, nowMs: nowMs() }, nowMs, signal)
      const atMs = Math.min(heard.earliestMs, nowMs())
      if (heard.isConfirmed) await seen.look(nowMs(), true)
      const { findings, spare } = plan(atMs)
      const { gone, owedBytes, waiting } = await giveUpAll(findings.hours.filter((each) => isAll || isForMe(each)), spare, signal)
      hindrance = waiting !== null ? `Nothing more can be given up now: ${waiting}.` : owedBytes > 0 ? 'Footage that may go is on too few nodes or can not be read, and stays until it is repaired.' : undefined
      const shortened = gone.filter(({ why }) => why === 'space').reduce((sum, { bytes }) => sum + bytes, 0)
      if (shortened > 0) await catalog.policy.noteShortening({ atMs: nowMs(), bytes: shortened }, nowMs() - init.graceMs - FREED_AFTER_MS)
      if (gone.length > 0) log('gave up %d camera-hours of footage (%d bytes)', gone.length, gone.reduce((sum, { bytes }) => sum + bytes, 0))
      return { ...findings, waiting, hours: gone, space: { ...findings.space, shortBytes: findings.space.shortBytes + owedBytes } }
    } catch (err) {
      if (!(err instanceof WaitingError)) throw err
      hindrance = `Nothing can be given up now: ${err.message}.`
      return { ...plan(nowMs()).findings, hours: [], waiting: err.message }
    }
  }

  /** Those that went, and how much of what was to make room had to stay, after the next oldest were tried in its place. */
  async function giveUpAll(hours: readonly ExpiringHour[], spare: readonly ExpiringHour[], signal: AbortSignal): Promise<{ gone: ExpiringHour[]; owedBytes: number; waiting: string | null }> {
    const gone: ExpiringHour[] = []
    let waiting: string | null = null
    let [owedBytes, stayed] = [0, 0]
    for (const [i, hour] of [...hours, ...spare].entries()) {
      const isSpare = i >= hours.length
      if (isSpare && (owedBytes <= 0 || stayed >= MAX_STAYED_HOURS)) break
      signal.throwIfAborted()
      waiting = silenceIn(membership) ?? null
      if (waiting !== null) break
      if (await giveUp(hour, signal)) {
        gone.push(hour)
        if (isSpare) owedBytes -= hour.bytes
      } else if (hour.why === 'space') {
        stayed++
        if (!isSpare) owedBytes += hour.bytes
      }
    }
    return { gone, owedBytes: Math.max(0, owedBytes), waiting }
  }

  const isForMe = ({ camera, why }: ExpiringHour): boolean => why === 'space' ? isKeeper() : isMine(partitionOfCamera(camera))

  /** False when it stays after all: somebody keeps it since, or may where nobody hears of it, or too few nodes have it to be sure that it is not the footage that is missing elsewhere. */
  async function giveUp(hour: ExpiringHour, signal: AbortSignal): Promise<boolean> {
    const { camera, why } = hour
    if (why === 'space' && !(await isReplicated(camera, hour, signal))) return false
    const mayGo = (): boolean => silenceIn(membership) === undefined && isFree(hour, catalog.policy.kept(camera))
    return (await catalog.policy.dropHour(camera, hour.hour, mayGo)).sessions > 0
  }

  async function isReplicated(camera: CameraId, { startMs, endMs }: ExpiringHour, signal: AbortSignal): Promise<boolean> {
    const references = catalog.index.recordings(camera, startMs, endMs).flatMap((session): readonly Reference[] => referencesOfSession(session))
    const ids = new Set<ChunkId>()
    try {
      for (const reference of references) for await (const { id } of chunksUnder(reference, components.get)) ids.add(id)
    } catch (err) {
      log('footage of %s can not be read, and stays - %s', camera, err)
      return false
    }
    return await components.leastCopies([...ids], { signal }) >= Math.min(writeQuorum, membership.members().length)
  }

  function watch(): void {
    watchClock()
    watchSpace()
  }

  function watchClock(): void {
    const doubt = seen.doubt()
    if (doubt === undefined || !plan(nowMs()).doubted.some(isForMe)) return alarms.clear(CLOCK_ALARM)
    const until = `${hourOf(doubt.untilMs)}:59 UTC`
    alarms.raise({ key: CLOCK_ALARM, severity: 'warning', message: `The clock of this node went on by ${spanOf(doubt.skippedMs)} that it did not see pass: it was switched off, or its date is wrong. Footage that would be over its time by that stays until ${until}. If the date is wrong, set it before then.` })
  }

  /** The words stay the same while the state does. */
  function watchSpace(): void {
    const { low, lowPercent } = space()
    if (!low || !isKeeper()) return alarms.clear(ALARM)
    const names = catalog.cameras().filter(({ id }) => catalog.policy.retention(id).whenFull === 'oldest').length
    const { shortBytes } = plan(nowMs()).findings.space
    const what = shortBytes === 0 && names > 0 ? 'The oldest footage goes before its time, where its camera allows it.' : 'No more footage may go before its time, by the rules of its cameras or because it is kept.'
    alarms.raise({ key: ALARM, severity: shortBytes === 0 && hindrance === undefined ? 'warning' : 'critical', message: `The ring runs out of space: less than ${lowPercent} % of its disks are free. ${hindrance ?? what} Add a node, free some space, or keep footage for a shorter time.` })
  }

  function run({ signal, dryRun = false }: AbortOptions & { dryRun?: boolean } = {}, isAll = true): Promise<RetentionFindings> {
    if (dryRun) return Promise.resolve(plan(nowMs()).findings)
    const until = signal === undefined ? stopping.signal : AbortSignal.any([signal, stopping.signal])
    const looked = turn.then(() => look(isAll, until))
    turn = looked.catch(() => {})
    return looked
  }

  const looking = repeating(async () => {
    const { waiting } = await run({}, false)
    watch()
    if (waiting !== null) log('%s', waiting)
  }, init.periodMs ?? RETENTION_PERIOD_MS, log)
  const watching = repeating(watch, SPACE_LOOK_MS, log)
  return {
    run: (options) => run(options),
    start() {
      watch()
      void looking.start()
      void watching.start()
    },
    async stop() {
      stopping.abort(new Error('the node is stopping'))
      await Promise.allSettled([looking.stop(), watching.stop(), turn])
    }
  }
}

/** In words, whole days or hours. */
const spanOf = (ms: number): string => ms >= 2 * DAY_MS ? `${Math.floor(ms / DAY_MS)} days` : `${Math.max(1, Math.round(ms / HOUR_MS))} h`
