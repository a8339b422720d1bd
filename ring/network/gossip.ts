import type { GossipSub } from '@libp2p/gossipsub'
import { TopicValidatorResult } from '@libp2p/gossipsub'
import { InvalidInputError } from '#protocols/errors.ts'
import type { PeerId } from '#protocols/ids.ts'
import type { Logger } from '../base/log.ts'

/** Largest gossip message, in bytes; gossip is a hint and what it hints at is fetched. @default 65536 */
export const MAX_GOSSIP_BYTES = 65_536

export type GossipListener = (bytes: Uint8Array, from: PeerId) => void

export interface Gossip {
  publish(topic: string, bytes: Uint8Array): Promise<void>
  subscribe(topic: string, listener: GossipListener): void
  start(): void
  stop(): void
}

/** Topics of the ring. A signed message counts only when its author is a node; others are dropped here and not passed on. */
export function createGossip({ pubsub, isNode, log }: { pubsub: GossipSub; isNode: (peer: PeerId) => boolean; log: Logger }): Gossip {
  const listeners = new Map<string, Set<GossipListener>>()
  let started = false

  function onMessage({ detail }: CustomEvent): void {
    if (detail.type !== 'signed') return
    for (const listener of listeners.get(detail.topic) ?? []) {
      try {
        listener(detail.data, detail.from.toString() as PeerId)
      } catch (err) {
        log.error('listener of %s failed - %s', detail.topic, err)
      }
    }
  }

  function open(topic: string): void {
    // ignored, not rejected: whoever passed it on may know the author before we do
    pubsub.topicValidators.set(topic, (_from, message) => message.type === 'signed' && isNode(message.from.toString() as PeerId) ? TopicValidatorResult.Accept : TopicValidatorResult.Ignore)
    pubsub.subscribe(topic)
  }

  return {
    async publish(topic, bytes) {
      if (bytes.byteLength > MAX_GOSSIP_BYTES) throw new InvalidInputError(`a gossip message of ${bytes.byteLength} bytes exceeds the limit of ${MAX_GOSSIP_BYTES}`)
      await pubsub.publish(topic, bytes)
    },
    subscribe(topic, listener) {
      const known = listeners.get(topic)
      listeners.set(topic, (known ?? new Set()).add(listener))
      if (known === undefined && started) open(topic)
    },
    start() {
      started = true
      pubsub.addEventListener('message', onMessage)
      for (const topic of listeners.keys()) open(topic)
    },
    stop() {
      started = false
      pubsub.removeEventListener('message', onMessage)
    }
  }
}
