import { randomBytes } from 'node:crypto'
import type { Who } from './who.ts'

/** Header of a request that this node sends to itself on behalf of somebody. */
export const PASS_HEADER = 'x-thatdam-pass'

/** What this node shows itself when it asks a route of its own for somebody: good once, so that nobody's cookies and tokens are sent a second time. */
export interface Passes {
  issue(who: Who): string
  /** Undefined when it is none, or was taken. */
  take(pass: unknown): Who | undefined
}

export function createPasses(): Passes {
  const issued = new Map<string, Who>()
  return {
    issue(who) {
      const pass = randomBytes(32).toString('base64url')
      issued.set(pass, who)
      return pass
    },
    take(pass) {
      const who = typeof pass === 'string' ? issued.get(pass) : undefined
      if (who !== undefined) issued.delete(pass as string)
      return who
    }
  }
}

declare module 'fastify' {
  interface FastifyInstance {
    passes: Passes
  }
}
