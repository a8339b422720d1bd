import type { Ring } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { EventBus } from '../events.ts'

/** `node.joined`, `node.left`: a node answers, or answers no more. Told by the first of those that answer. */
export function memberEvents({ membership, self }: Pick<Ring, 'membership' | 'self'>, bus: Pick<EventBus, 'emit'>): Startable {
  let before = new Map<string, string>()
  let leave = (): void => {}
  const answering = (): Map<string, string> => new Map(membership.members().filter(({ alive }) => alive).map(({ peerId, name }) => [peerId, name]))

  function look(): void {
    const [was, now] = [before, answering()]
    before = now
    const tell = (topic: string, peerId: string, name: string): void => {
      const [teller] = [...now.keys()].filter((peer) => peer !== peerId).sort()
      if (teller === self || (now.size === 1 && now.has(self) && peerId !== self)) bus.emit(topic, { peerId, name })
    }
    for (const [peerId, name] of now) if (!was.has(peerId)) tell('node.joined', peerId, name)
    for (const [peerId, name] of was) if (!now.has(peerId)) tell('node.left', peerId, name)
  }

  return {
    start() {
      before = answering()
      leave = membership.changed.on(look)
    },
    stop() { leave() }
  }
}
