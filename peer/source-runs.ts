import type { Track } from '#protocols/media.ts'
import { DEFAULT_SPOOL_BYTES, DEFAULT_SPOOL_MS, packetSpool, type PacketSpool, type PacketSpoolInit } from './packet-spool.ts'
import type { PacketGroup } from './sources/camera-source.ts'

/** What a source gives from one start to its end. */
export interface SourceRun {
  readonly tracks: Track[]
  readonly spool: PacketSpool
  /** Aborted when it is over and a node received all of it, or it is given up. */
  readonly done: AbortController
  /** Why the source gives no more; undefined while it does. */
  over: string | undefined
}

/** One camera's runs: what its source gave before it ended or started anew is brought to a node first, and is part of what may be held. */
export interface SourceRuns {
  /** The oldest that is not done. */
  first(): SourceRun | undefined
  /** The one that takes what is captured. */
  open(): SourceRun | undefined
  begin(tracks: Track[]): void
  /** The open one is over. What of it no node received in the time that a spool holds is given up. */
  end(reason: string): void
  push(group: PacketGroup): void
  droppedPictures(): number
}

export function sourceRuns(init: PacketSpoolInit = {}): SourceRuns {
  const { maxBytes = DEFAULT_SPOOL_BYTES, maxMs = DEFAULT_SPOOL_MS } = init
  let runs: SourceRun[] = []
  let dropped = 0

  function open(): SourceRun | undefined {
    const newest = runs.at(-1)
    return newest?.over === undefined ? newest : undefined
  }

  function finish(run: SourceRun): void {
    runs = runs.filter((one) => one !== run)
    dropped += run.spool.droppedPictures()
  }

  const heldBytes = (): number => runs.reduce((sum, { spool }) => sum + spool.heldBytes(), 0)

  return {
    first: () => runs[0],
    open,
    begin(tracks) {
      const run: SourceRun = { tracks, spool: packetSpool(init), done: new AbortController(), over: undefined }
      run.done.signal.addEventListener('abort', () => finish(run), { once: true })
      runs.push(run)
    },
    end(reason) {
      const run = open()
      if (run === undefined) return
      run.over = reason
      const { done } = run
      if (run.spool.heldBytes() === 0) done.abort(new Error(reason))
      else setTimeout(() => done.abort(new Error(reason)), maxMs).unref()
    },
    push(group) {
      open()?.spool.push(group)
      while (runs.length > 1 && heldBytes() > maxBytes) runs[0]!.done.abort(new Error(runs[0]!.over))
    },
    droppedPictures: () => runs.reduce((sum, { spool }) => sum + spool.droppedPictures(), dropped)
  }
}
