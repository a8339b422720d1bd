import type { Startable } from '#ring/base/lifecycle.ts'
import type { NodeEvent } from '../events.ts'

/** Events kept for a broker that is away; more push out the oldest. @default 256 */
export const MAX_KEPT_EVENTS = 256
/** Longest wait between two tries to reach a broker, in ms. @default 30000 */
export const MAX_BRIDGE_WAIT_MS = 30_000

/** A way out for the events of this node. */
export interface Bridge extends Startable {
  /** Events that wait for the broker. */
  readonly waiting: number
}

/** The envelope of the first system, and where it comes from. */
export const envelopeOf = ({ id, topic, ts, node, payload }: NodeEvent): string => JSON.stringify({ topic, ts, payload, id, node })
