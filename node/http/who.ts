/** Who asks, and what they may. Routes say what they need: `config: { role: 'editor' }`. */

/** From the least to the most. A viewer looks and downloads, an editor changes the library and operates cameras, an administrator decides about the ring. */
export type Role = 'viewer' | 'editor' | 'admin'

/** Whoever a request is from. */
export interface Who {
  /** `local`: this machine's own user on a node that asks nobody who they are. */
  readonly kind: 'local' | 'user' | 'key' | 'link'
  /** Id of the account, key or link; empty for `local`. */
  readonly id: string
  /** What people call them. */
  readonly name: string
  readonly role: Role
}

export const LOCAL: Who = Object.freeze({ kind: 'local', id: '', name: 'this machine', role: 'admin' })

/** What a route needs when it does not say: looking for GET and HEAD, editing for the rest. */
export const roleFor = (method: string): Role => method === 'GET' || method === 'HEAD' || method === 'OPTIONS' ? 'viewer' : 'editor'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The least role that may. @default `roleFor` the method */
    role?: Role
  }
  interface FastifyRequest {
    /** Set before any handler runs. */
    who: Who
  }
}
