/** Who asks, and what they may. Routes say what they need: `config: { role: 'editor' }`. */

/** From the least to the most. A viewer looks and downloads, an editor changes the library and operates cameras, an administrator decides about the ring. */
export type Role = 'viewer' | 'editor' | 'admin'
export const ROLES: readonly Role[] = ['viewer', 'editor', 'admin']

/** What an API key is for. `read`, `edit` and `admin` are what the roles may; the others open single doors: bringing files in, watching cameras, publishing one. */
export type Scope = 'read' | 'edit' | 'admin' | 'ingest' | 'live' | 'publish'
export const SCOPES: readonly Scope[] = ['read', 'edit', 'admin', 'ingest', 'live', 'publish']

/** Whoever a request is from. */
export interface Who {
  /** `local`: this machine's own user on a node that asks nobody who they are. */
  readonly kind: 'local' | 'user' | 'key' | 'link'
  /** Id of the account, key or link; empty for `local`. */
  readonly id: string
  /** What people call them. */
  readonly name: string
  readonly role: Role
  /** Of a key: all it may be used for. */
  readonly scopes?: readonly Scope[]
  /** Ids of the albums they may see, and nothing else of the ring; all of it when not said. */
  readonly albums?: readonly string[]
  /** Of those, the albums whose assets they may change. */
  readonly editAlbums?: readonly string[]
  /** The session and the account's epoch by which they were let in: what is long under way looks again whether these stand. */
  readonly session?: { readonly id: string; readonly epoch: string }
  /** Told of each step of theirs that can be undone: `nameSteps` answers it. */
  noted?(step: string): void
}

export const LOCAL: Who = Object.freeze({ kind: 'local', id: '', name: 'this machine', role: 'admin' })
/** Who knows the token that the node printed: the way back in when no account works. */
export const TOKEN_HOLDER: Who = Object.freeze({ kind: 'key', id: 'admin-token', name: 'admin token', role: 'admin' })

/** What a handler says of a deed beyond its address, for the audit log; never a secret. */
export interface Deed {
  /** In a few words. */
  detail?: string
  /** What it was done to, where the address does not say. */
  target?: string
}

/** What a route needs when it does not say: looking for GET and HEAD, editing for the rest. */
export const roleFor = (method: string): Role => method === 'GET' || method === 'HEAD' || method === 'OPTIONS' ? 'viewer' : 'editor'

/** Whether a role is at least another. */
export const isAtLeast = (role: Role, least: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(least)

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The least role that may. @default `roleFor` the method */
    role?: Role
    /** Scopes of API keys that open it beside those of its role. @default none */
    scopes?: readonly Scope[]
    /** Nobody is asked who they are. @default false */
    open?: boolean
    /** It answers by what the asker may see (`Who.albums`), so whoever may see some albums only may ask, too. @default false */
    albums?: boolean
  }
  interface FastifyRequest {
    /** Set before any handler runs. */
    who: Who
    /** Empty before any handler runs. */
    deed: Deed
  }
}
