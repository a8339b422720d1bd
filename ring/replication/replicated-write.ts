import { StorageFullError } from '#protocols/errors.ts'
import type { PeerId } from '#protocols/ids.ts'
import type { AbortOptions } from '../base/lifecycle.ts'

/** Where one chunk is to go. */
export interface WritePlan {
  /** Written to at once. */
  targets: readonly PeerId[]
  /** Stand in, in this order, for targets that fail or dawdle. */
  spares: readonly PeerId[]
  /** Copies that acknowledge the write, when there are that many nodes to try. */
  quorum: number
  /** Owners by older layouts: of each group as many again must have it, or all of them that can. */
  groups?: ReadonlyArray<readonly PeerId[]>
}

export interface WriteInit extends AbortOptions {
  /** Puts the chunk on a peer's disk. */
  store(peer: PeerId, signal: AbortSignal): Promise<void>
  /** A write not acknowledged for this long, in ms, brings in a spare. */
  hedgeMs: number
  onFailure?(peer: PeerId, error: unknown): void
}

/** A write on its way. */
export interface ReplicatedWrite {
  /** Copies on disk at the moment of acknowledgement. @throws StorageFullError when not even one could be made */
  readonly acknowledged: Promise<number>
  /** Copies on disk when nothing is under way any more. Never rejects. */
  readonly settled: Promise<number>
  /** Peers it still waits for. */
  readonly pending: ReadonlySet<PeerId>
  /** Give up on one peer. */
  giveUpOn(peer: PeerId): void
  /** Give up on all that are still under way; what was acknowledged stays so. */
  giveUp(reason: unknown): void
}

/** Write to all targets at once; the caller's signal counts until the write is acknowledged. */
export function replicatedWrite({ targets: current, spares, quorum, groups = [] }: WritePlan, init: WriteInit): ReplicatedWrite {
  const acknowledged = Promise.withResolvers<number>()
  const settled = Promise.withResolvers<number>()
  const running = new Map<PeerId, AbortController>()
  const pending = new Set<PeerId>()
  const targets = [...new Set([...current, ...groups.flat()])]
  const waiting = spares.filter((peer) => !targets.includes(peer))
  const stored = new Set<PeerId>()
  const failures = new Map<PeerId, unknown>()
  const wanted = Math.min(quorum, targets.length + waiting.length)
  let isAcknowledged = false
  let hedge: NodeJS.Timeout | undefined

  const begin = (peer: PeerId): void => {
    const controller = new AbortController()
    running.set(peer, controller)
    pending.add(peer)
    const given = new Promise<never>((_resolve, reject) => controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true }))
    Promise.race([init.store(peer, controller.signal), given]).then(() => { stored.add(peer) }, (err) => failed(peer, err)).finally(() => {
      running.delete(peer)
      pending.delete(peer)
      look()
    })
  }

  const failed = (peer: PeerId, error: unknown): void => {
    failures.set(peer, error)
    init.onFailure?.(peer, error)
    if (init.signal?.aborted && !isAcknowledged) return
    if (stored.size + running.size - 1 < targets.length) beginSpare()
  }

  const beginSpare = (): void => {
    const spare = waiting.shift()
    if (spare !== undefined) begin(spare)
  }

  /** Enough of them, and enough of each group, where a peer that can not store it is not counted. */
  const isEnough = (): boolean => stored.size >= wanted && groups.every((group) => {
    const able = group.filter((peer) => !failures.has(peer))
    return able.filter((peer) => stored.has(peer)).length >= Math.min(quorum, able.length)
  })

  const look = (): void => {
    const isGivenUp = init.signal?.aborted === true
    if (!isAcknowledged && !isGivenUp && (isEnough() || (running.size === 0 && stored.size > 0))) acknowledge()
    if (running.size > 0) return
    if (!isAcknowledged) acknowledged.reject(isGivenUp ? init.signal?.reason : nowhere([...failures.values()]))
    cleanUp()
    settled.resolve(stored.size)
  }

  const acknowledge = (): void => {
    isAcknowledged = true
    cleanUp()
    acknowledged.resolve(stored.size)
  }

  const cleanUp = (): void => {
    clearInterval(hedge)
    init.signal?.removeEventListener('abort', cancel)
  }

  const giveUp = (reason: unknown): void => {
    waiting.length = 0
    for (const controller of running.values()) controller.abort(reason)
  }
  const cancel = (): void => giveUp(init.signal?.reason)

  init.signal?.addEventListener('abort', cancel)
  hedge = setInterval(beginSpare, init.hedgeMs).unref()
  acknowledged.promise.catch(() => {}) // whoever awaits it hears it
  for (const target of targets) begin(target)
  return { acknowledged: acknowledged.promise, settled: settled.promise, pending, giveUp, giveUpOn: (peer) => running.get(peer)?.abort(new Error(`${peer} no longer answers`)) }
}

function nowhere(failures: readonly unknown[]): StorageFullError {
  const reasons = [...new Set(failures.map((err) => (err instanceof Error ? err.message : String(err))))]
  return new StorageFullError(`no node stored the chunk: ${reasons.join('; ') || 'no node is known'}`)
}
