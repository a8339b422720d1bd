import type { CameraId } from '#protocols/ids.ts'
import type { Alarms, CameraEntry, Ring } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { repeating } from '#ring/base/tasks.ts'
import type { PublishedCamera } from '../live/live-cameras.ts'
import { whyNotNow } from './expectation.ts'
import { planOf } from './ledgers.ts'
import type { LossNotes, Trouble } from './loss-notes.ts'
import { endedAsPlanned, LOSS, reasonOf } from './loss-reason.ts'

/** A camera that is here to be recorded, and of which nothing new was stored for this long, is an alarm, in ms. @default 10000 */
export const RECORDING_LATE_MS = 10_000
/** A camera that is expected and attached to no node for this long is an alarm, in ms; that a node is gone is noticed some seconds late. @default 20000 */
export const CAMERA_MISSING_MS = 20_000
/** What is not recorded for this long is noted with its reason, in ms. @default 8000 */
export const NOTED_AFTER_MS = 8_000
/** How often it is looked at, in ms. @default 1000 */
export const RECORDING_LOOK_MS = 1_000
/** A recording that ended no longer ago than this is where the trouble began, in ms. @default 60000 */
const JUST_ENDED_MS = 60_000

export interface CameraWatchComponents {
  readonly alarms: Pick<Alarms, 'raise' | 'clear'>
  /** Published to this node. */
  readonly cameras: () => ReadonlyArray<Pick<PublishedCamera, 'recorder'> & { readonly camera: Pick<PublishedCamera['camera'], 'id' | 'name' | 'silentMs'> }>
  readonly ring: {
    readonly self: Ring['self']
    readonly catalog: Pick<Ring['catalog'], 'cameras' | 'policy' | 'index'>
    readonly membership: Pick<Ring['membership'], 'members'>
    readonly placement: Pick<Ring['placement'], 'homeOf'>
  }
  readonly notes: LossNotes
  readonly log: Logger
  /** Milliseconds that never go back. @default performance.now */
  readonly nowMs?: () => number
  /** Unix ms. @default Date.now */
  readonly wallMs?: () => number
}

/** Raises an alarm for every camera that is expected and not recorded, wherever it should be, and has its reason noted; clears it when it is recorded, or expected no more. */
export interface CameraWatch extends Startable {
  look(): void
}

/** Since `atMs` (`nowMs`), which was `wallAtMs` (Unix ms), it is durable up to `durableMs`. `began`: it was recorded since it is to be. */
interface Progress { readonly durableMs: number; readonly atMs: number; readonly wallAtMs: number; readonly began: boolean }
interface Missing { readonly sinceMs: number; readonly trouble: Trouble }

export function createCameraWatch({ alarms, cameras, ring, notes, log, nowMs = () => performance.now(), wallMs = Date.now }: CameraWatchComponents): CameraWatch {
  const moved = new Map<CameraId, Progress>()
  const missing = new Map<CameraId, Missing>()
  let raised = new Set<CameraId>()

  /** A camera of this node that does not move on. */
  function lateHere({ camera, recorder }: ReturnType<CameraWatchComponents['cameras']>[number]): { forMs: number; trouble: Trouble; advice: string } | undefined {
    const durableMs = recorder.durable()?.ms ?? 0
    const known = moved.get(camera.id)
    if (known === undefined || known.durableMs !== durableMs) moved.set(camera.id, { durableMs, atMs: nowMs(), wallAtMs: wallMs(), began: known !== undefined })
    const forMs = known?.durableMs === durableMs ? nowMs() - known.atMs : 0
    if (known === undefined || forMs < NOTED_AFTER_MS) return undefined
    const obstacle = recorder.obstacle?.()
    const [reason, advice, detail] = obstacle === undefined ? whyLate(camera.silentMs(), recorder.isKeyless?.() === true) : [LOSS.codec, `${obstacle}. Have it send H.264, which is recorded and plays everywhere.`, obstacle]
    return { forMs, advice, trouble: { camera: camera.id, fromMs: known.began && Math.abs(known.wallAtMs - durableMs) < JUST_ENDED_MS ? durableMs : known.wallAtMs, reason, detail } }
  }

  function whyLate(silentMs: number, isKeyless: boolean): readonly [reason: string, advice: string, detail: string] {
    if (silentMs >= RECORDING_LATE_MS / 2) return [LOSS.silent, 'it is connected but sends nothing. Check the camera and its cable.', '']
    if (isKeyless) return [LOSS.keyframe, 'its pictures arrive, but no keyframe, and a recording begins with one. Have it send a keyframe every second or two.', '']
    const live = ring.membership.members().filter(({ alive }) => alive)
    const takesWrites = live.some(({ presence }) => presence?.acceptsWrites !== false)
    if (!takesWrites) return [LOSS.disk, 'no disk of the ring takes more. Free some space or add a node.', live.map(({ name, presence }) => `${name}: ${presence?.disk}`).join(', ')]
    return [LOSS.stuck, 'its pictures arrive, but nothing of it was stored for ten seconds. Check the disks of the ring.', '']
  }

  /** A camera nobody has. The trouble begins where its recording ended, or when it was found missing. */
  function missed(id: CameraId): Missing {
    let known = missing.get(id)
    if (known === undefined) {
      const newest = ring.catalog.index.stretches(id, wallMs() - JUST_ENDED_MS, wallMs()).at(-1)
      const last = endedAsPlanned(newest?.ended) ? undefined : newest
      const said = last?.ended
      const reason = said === undefined ? LOSS.peer : reasonOf(said)
      const isTelling = reason === LOSS.unplugged || reason === LOSS.link || reason === LOSS.silent
      known = { sinceMs: nowMs(), trouble: { camera: id, fromMs: Math.min(last?.endMs ?? Infinity, wallMs()), reason: isTelling ? reason : LOSS.peer, detail: said ?? '' } }
      missing.set(id, known)
    }
    return known
  }

  function isElsewhere(id: CameraId): boolean {
    return ring.membership.members().some(({ self, alive, presence }) => !self && alive && (presence?.cameras ?? []).some(({ cameraId }) => cameraId === id))
  }

  function look(): void {
    const here = new Map(cameras().map((published) => [published.camera.id, published]))
    const entries = new Map<CameraId, Pick<CameraEntry, 'id' | 'name'>>(ring.catalog.cameras().map((entry) => [entry.id, entry]))
    for (const [id, { camera }] of here) if (!entries.has(id)) entries.set(id, camera)
    const troubles: Trouble[] = []
    const before = raised
    raised = new Set()
    for (const entry of entries.values()) {
      const found = judge(entry, here.get(entry.id), before.has(entry.id))
      if (found !== undefined) troubles.push(found)
    }
    for (const id of before) if (!raised.has(id)) alarms.clear(keyOf(id))
    for (const id of moved.keys()) if (!here.has(id)) moved.delete(id)
    notes.tell(troubles)
  }

  /** `wasRaised`: a camera that is not recorded and then leaves as well is recorded no more than before. */
  function judge({ id, name }: Pick<CameraEntry, 'id' | 'name'>, published: ReturnType<CameraWatchComponents['cameras']>[number] | undefined, wasRaised: boolean): Trouble | undefined {
    const plan = planOf(ring.catalog, id)
    if (published !== undefined) {
      missing.delete(id)
      const { recorder } = published
      if ((recorder.whyNot === undefined ? whyNotNow(plan, wallMs()) : recorder.whyNot()) !== undefined) return void moved.delete(id)
      const late = lateHere(published)
      if (late !== undefined && late.forMs >= RECORDING_LATE_MS) raise(id, `${name} is not recorded: ${late.advice}`)
      return late?.trouble
    }
    const isMissed = plan.mode === 'motion' || whyNotNow(plan, wallMs()) === undefined
    if (!isMissed || plan.away || ring.placement.homeOf(id) !== ring.self || isElsewhere(id)) return void missing.delete(id)
    const { sinceMs, trouble } = missed(id)
    if (wasRaised || nowMs() - sinceMs >= CAMERA_MISSING_MS) raise(id, `${name} is not recorded: ${whatToDo(trouble.reason)} If it is meant to be away, mark it so, or switch its recording off.`)
    return nowMs() - sinceMs >= NOTED_AFTER_MS ? trouble : undefined
  }

  function raise(id: CameraId, message: string): void {
    raised.add(id)
    alarms.raise({ key: keyOf(id), severity: 'critical', message })
  }

  const looking = repeating(look, RECORDING_LOOK_MS, log)
  return {
    look,
    start: () => looking.start(),
    async stop() {
      await looking.stop()
      await notes.stop?.()
    }
  }
}

const keyOf = (camera: CameraId): string => `not-recorded/${camera}`
const whatToDo = (reason: string): string => reason === LOSS.unplugged
  ? 'its peer says that it is unplugged. Plug it in again.'
  : 'nobody sends it. Check the machine it is attached to, and its network.'
