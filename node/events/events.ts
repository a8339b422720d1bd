import { randomUUID } from 'node:crypto'
import { emitter, type Signal } from '#ring/base/emitter.ts'

/** Something that happened. Exactly one node tells of each, wherever that can be known. */
export interface NodeEvent {
  readonly id: string
  readonly topic: string
  /** Unix ms. */
  readonly ts: number
  /** Name of the node that tells it. */
  readonly node: string
  readonly payload: Readonly<Record<string, unknown>>
}

/** The one place where what happens on this node is told to whoever acts on it. */
export interface EventBus {
  emit(topic: string, payload: Readonly<Record<string, unknown>>): void
  readonly events: Signal<NodeEvent>
}

export function createEventBus({ node, now = Date.now }: { node: string; now?: () => number }): EventBus {
  const events = emitter<NodeEvent>()
  return {
    emit: (topic, payload) => events.emit({ id: randomUUID(), topic, ts: now(), node, payload }),
    events
  }
}
