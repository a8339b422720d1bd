import type { JobView } from '#protocols/http.ts'

/** How long back the pace of a job is measured, ms. @default 10000 */
export const PACE_WINDOW_MS = 10_000

interface Sample { readonly atMs: number; readonly bytes: number; readonly files: number }

/** How fast a job goes. */
export interface Pace {
  readonly bytesPerSecond: number
  readonly filesPerSecond: number
  /** Until it is through at this pace, ms; undefined when nobody knows. */
  readonly leftMs: number | undefined
}

/** Remembers what jobs had done lately, so that the page can say how fast they go. */
export class Paces {
  readonly #samples = new Map<string, Sample[]>()

  /** Takes in the newest answer. */
  look(jobs: readonly JobView[], atMs: number): void {
    for (const id of this.#samples.keys()) if (!jobs.some((job) => job.id === id && job.state === 'running')) this.#samples.delete(id)
    for (const { id, state, bytesDone, filesDone } of jobs) {
      if (state !== 'running') continue
      const known = (this.#samples.get(id) ?? []).filter((sample) => atMs - sample.atMs <= PACE_WINDOW_MS)
      if (known.at(-1)?.atMs !== atMs) known.push({ atMs, bytes: bytesDone, files: filesDone })
      this.#samples.set(id, known)
    }
  }

  /** Of one that ended: over its whole life. */
  of(job: JobView): Pace | undefined {
    const samples = this.#samples.get(job.id) ?? []
    const [first, last] = [samples[0], samples.at(-1)]
    if (job.endedMs !== null) return paceOf(job.bytesDone, job.filesDone, job.endedMs - job.startedMs, job)
    if (first === undefined || last === undefined || last.atMs - first.atMs < 1000) return undefined
    return paceOf(last.bytes - first.bytes, last.files - first.files, last.atMs - first.atMs, job)
  }
}

function paceOf(bytes: number, files: number, ms: number, { bytesTotal, bytesDone, filesTotal, filesDone }: JobView): Pace | undefined {
  if (ms <= 0 || (bytes <= 0 && files <= 0)) return undefined
  const [bytesPerSecond, filesPerSecond] = [bytes * 1000 / ms, files * 1000 / ms]
  const left = bytesTotal > bytesDone && bytes > 0 ? (bytesTotal - bytesDone) / bytesPerSecond : filesTotal > filesDone && files > 0 ? (filesTotal - filesDone) / filesPerSecond : undefined
  return { bytesPerSecond, filesPerSecond, leftMs: left === undefined ? undefined : left * 1000 }
}
