import { createHmac, randomBytes } from 'node:crypto'

/** What was proven is not proven again for so long, in ms. @default 60000 */
export const PROVEN_MS = 60_000
/** Proofs that are remembered; of more the oldest is forgotten. @default 1000 */
export const MAX_PROVEN = 1_000

export interface ProvenInit {
  /** @default PROVEN_MS */
  readonly forMs?: number
  /** Monotonic ms. @default performance.now */
  readonly now?: () => number
}

/** Slow proofs, each made once for all who ask at the same time, and for whoever asks in the minute after it: a player shows its password with every request. */
export interface Proven {
  /** `of`: all that the proof depends on. It is kept as a digest, with a key of this process. */
  ask(of: readonly string[], prove: () => Promise<boolean>): Promise<boolean>
}

export function createProven({ forMs = PROVEN_MS, now = () => performance.now() }: ProvenInit = {}): Proven {
  const key = randomBytes(32)
  const proven = new Map<string, number>()
  const underWay = new Map<string, Promise<boolean>>()

  async function prove(digest: string, work: () => Promise<boolean>): Promise<boolean> {
    const isRight = await work()
    if (!isRight) return false
    proven.delete(digest)
    proven.set(digest, now())
    if (proven.size > MAX_PROVEN) proven.delete(proven.keys().next().value ?? '')
    return true
  }

  return {
    async ask(of, work) {
      const digest = createHmac('sha256', key).update(JSON.stringify(of)).digest('hex')
      if (now() - (proven.get(digest) ?? -Infinity) < forMs) return true
      const begun = underWay.get(digest) ?? prove(digest, work).finally(() => underWay.delete(digest))
      underWay.set(digest, begun)
      return begun
    }
  }
}
