/**
 * Hands packets on as evenly as they were sent, where a long line loses some: all of them as late as repairs lately took. A browser that watches holds back by
 * itself what its own line needs, but of repairs on the publisher's line it sees only that the picture stands still, again and again.
 */
import type { Arrived } from './in-order.ts'

/** Repairs that take less than this, in milliseconds, are left to the buffers of those who watch. @default 100 */
export const SHORT_REPAIR_MS = 100
/** For so long, in milliseconds, a repair is remembered. @default 10000 */
export const REPAIRS_REMEMBERED_MS = 10_000
/** Part of the remembered repairs that must not show. @default 0.95 */
export const HIDDEN_REPAIRS = 0.95
/** Packets are never held back for longer than this, in milliseconds. @default 750 */
export const MAX_HELD_MS = 750
/** With fewer repairs, holding back for less goes this much faster than time. @default 0.1 */
export const CATCH_UP = 0.1

export interface EvenPace {
  /** Packets that go on together: more than one where they waited for the first. */
  take(arrived: readonly Arrived[], nowMs: number): void
  /** Hand on what is due. Milliseconds until more is; undefined when nothing waits. */
  release(nowMs: number): number | undefined
}

interface Repair { readonly atMs: number; readonly tookMs: number }

export function evenPace(handOn: (packet: Uint8Array) => void): EvenPace {
  const held: Array<{ packet: Uint8Array; dueMs: number }> = []
  const repairs: Repair[] = []
  let wantedMs = 0
  let delayMs = 0
  let sinceMs = 0

  function note(tookMs: number, nowMs: number): void {
    const before = repairs.length
    while (repairs.length > 0 && nowMs - repairs[0]!.atMs > REPAIRS_REMEMBERED_MS) repairs.shift()
    const isLong = tookMs > SHORT_REPAIR_MS
    if (isLong) repairs.push({ atMs: nowMs, tookMs: Math.min(MAX_HELD_MS, tookMs) })
    if (isLong || repairs.length < before) wantedMs = hiding(repairs)
  }

  return {
    take(arrived, nowMs) {
      note(nowMs - arrived[0]!.cameMs, nowMs)
      delayMs = Math.max(wantedMs, delayMs - (nowMs - sinceMs) * CATCH_UP)
      sinceMs = nowMs
      for (const { packet, cameMs } of arrived) held.push({ packet, dueMs: Math.max(cameMs + delayMs, held.at(-1)?.dueMs ?? 0) })
    },
    release(nowMs) {
      while (held.length > 0 && held[0]!.dueMs <= nowMs) handOn(held.shift()!.packet)
      return held.length === 0 ? undefined : held[0]!.dueMs - nowMs
    }
  }
}

/** How long packets have to be held back so that as many of these repairs as should be do not show, in ms. */
function hiding(repairs: readonly Repair[]): number {
  const sorted = repairs.map(({ tookMs }) => tookMs).sort((a, b) => a - b)
  return sorted[Math.ceil(sorted.length * HIDDEN_REPAIRS) - 1] ?? 0
}
