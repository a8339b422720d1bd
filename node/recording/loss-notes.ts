import type { CameraId } from '#protocols/ids.ts'
import { HOUR_MS, hourOf, type CameraPolicy, type Loss } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'

/** How often what goes on is written again, in ms. @default 60000 */
export const NOTE_EVERY_MS = 60_000
/** A note claims this much time ahead, in ms: the node may die before it can write again. @default 90000 */
export const NOTE_AHEAD_MS = 90_000

/** A time without recording that goes on. */
export interface Trouble {
  readonly camera: CameraId
  /** Unix ms. */
  readonly fromMs: number
  readonly reason: string
  readonly detail: string
}

/** Keeps in the catalog why a camera is not recorded: one note per camera-hour, rewritten each minute while it goes on. */
export interface LossNotes extends Pick<Startable, 'stop'> {
  /** These go on now; those that were and are not among them are over. */
  tell(troubles: readonly Trouble[]): void
}

interface Noted { readonly trouble: Trouble; writtenMs: number }

const hourStart = (ms: number): number => Math.floor(ms / HOUR_MS) * HOUR_MS

export function createLossNotes({ policy, log, nowMs = Date.now }: { policy: Pick<CameraPolicy, 'note'>; log: Logger; nowMs?: () => number }): LossNotes {
  const noted = new Map<CameraId, Noted>()
  /** What could not be written, from here on: a disk that is full takes no notes either. */
  const unwritten = new Map<CameraId, number>()
  let writing: Promise<unknown> = Promise.resolve()

  function put(camera: CameraId, loss: Loss): void {
    const others = (losses: readonly Loss[]): Loss[] => losses.filter((each) => each.fromMs !== loss.fromMs)
    writing = writing.then(() => policy.note(camera, hourOf(loss.fromMs), (note) => ({ ...note, losses: [...others(note.losses), loss].sort((a, b) => a.fromMs - b.fromMs) })))
      .catch((err) => {
        unwritten.set(camera, Math.min(loss.fromMs, unwritten.get(camera) ?? Infinity))
        log.error('why %s is not recorded is not noted yet - %s', camera, err)
      })
  }

  /** Into the note of every hour it touches from `sinceMs` on; those before are written to their end. */
  function write({ camera, fromMs, reason, detail }: Trouble, sinceMs: number, toMs: number): void {
    const againMs = unwritten.get(camera) ?? Infinity
    unwritten.delete(camera)
    for (let startMs = Math.max(fromMs, Math.min(hourStart(sinceMs), againMs)); startMs < toMs; startMs = hourStart(startMs) + HOUR_MS) {
      put(camera, { fromMs: startMs, toMs: Math.min(toMs, hourStart(startMs) + HOUR_MS), reason, detail })
    }
  }

  const end = ({ trouble, writtenMs }: Noted): void => {
    noted.delete(trouble.camera)
    write(trouble, writtenMs, Math.max(trouble.fromMs + 1, writtenMs + 1, nowMs())) // what was claimed ahead is taken back
  }

  /** Never ahead into another hour: that has a note of its own, in its time. */
  function keep(trouble: Trouble, known: Noted | undefined): void {
    const isFresh = known !== undefined && nowMs() - known.writtenMs < NOTE_EVERY_MS && hourStart(nowMs()) === hourStart(known.writtenMs)
    if (isFresh) return
    noted.set(trouble.camera, { trouble, writtenMs: nowMs() })
    write(trouble, known?.writtenMs ?? trouble.fromMs, Math.min(nowMs() + NOTE_AHEAD_MS, hourStart(nowMs()) + HOUR_MS))
  }

  return {
    tell(troubles) {
      const now = new Map(troubles.map((trouble) => [trouble.camera, trouble]))
      for (const known of noted.values()) {
        const trouble = now.get(known.trouble.camera)
        if (trouble?.fromMs !== known.trouble.fromMs || trouble.reason !== known.trouble.reason) end(known)
      }
      for (const trouble of troubles) keep(trouble, noted.get(trouble.camera))
    },
    async stop() {
      for (const known of noted.values()) end(known)
      await writing
    }
  }
}
