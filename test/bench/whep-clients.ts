/** Many viewers, spread over processes, as one list. */
import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import type { FromViewers, ToViewers } from './whep-viewers.ts'

const PROCESSES = 2
const ANSWER_MS = 20_000

export interface Arrived { packets: number; gaps: number; delaysMs: number[] }

export interface Clients {
  /** A viewer that offers, and what to do with its offer. */
  connect(id: number, answer: (offer: string) => Promise<string>): Promise<void>
  /** A viewer that is offered to, and what to do with its answer. */
  accept(id: number, offer: string, done: (answer: string) => Promise<void>): Promise<void>
  /** What arrived at these viewers since the last time. */
  count(ids: readonly number[]): Promise<Arrived>
  stop(): void
}

export function startClients(profile: number): Clients {
  const children = Array.from({ length: PROCESSES }, () => fork(join(import.meta.dirname, 'whep-viewers.ts'), { stdio: 'inherit' }))
  const of = (id: number): ChildProcess => children[id % PROCESSES]!
  const tell = (child: ChildProcess, message: ToViewers): void => { child.send(message) }
  return {
    async connect(id, answer) {
      const connected = hear(of(id), 'connected', id)
      connected.catch(() => {})
      const offer = hear(of(id), 'offer', id)
      tell(of(id), { type: 'offer', id, profile })
      tell(of(id), { type: 'answer', id, sdp: await answer((await offer).sdp) })
      await connected
    },
    async accept(id, offer, done) {
      const connected = hear(of(id), 'connected', id)
      connected.catch(() => {})
      const taken = hear(of(id), 'taken', id)
      tell(of(id), { type: 'take', id, sdp: offer, profile })
      await done((await taken).sdp)
      await connected
    },
    async count(ids) {
      const counts = await Promise.all(children.map((child, i) => {
        const counted = hear(child, 'count')
        tell(child, { type: 'count', ids: ids.filter((id) => id % PROCESSES === i) })
        return counted
      }))
      return { packets: sum(counts.map(({ packets }) => packets)), gaps: sum(counts.map(({ gaps }) => gaps)), delaysMs: counts.flatMap(({ delaysMs }) => delaysMs) }
    },
    stop() { for (const child of children) child.disconnect() }
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)

function hear<T extends FromViewers['type']>(child: ChildProcess, type: T, id?: number): Promise<Extract<FromViewers, { type: T }>> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => end(() => reject(new Error(`viewer ${id ?? ''} never said ${type}`))), ANSWER_MS)
    const listen = (message: FromViewers): void => {
      if (message.type === type && (id === undefined || ('id' in message && message.id === id))) end(() => resolve(message as Extract<FromViewers, { type: T }>))
    }
    const end = (how: () => void): void => {
      clearTimeout(late)
      child.off('message', listen)
      how()
    }
    child.setMaxListeners(1_000).on('message', listen)
  })
}
