import { Store } from '../design/store.ts'

/** Requests in a row nobody answered before the page says the node is away. @default 2 */
const SILENT_LIMIT = 2
const MEMBERS_KEY = 'thatdam.members'

/** What the page knows of the node it came from. */
export interface Connection {
  readonly state: 'connecting' | 'up' | 'down'
  /** Changes arrive as they happen; when false the page polls. */
  readonly events: boolean
  readonly node: string
}

/** Another node of the ring whose page can be opened when this one is gone. */
export interface OtherNode { readonly name: string; readonly http: string }

/** The page's connection to its node; the shell shows it. */
export const connection = new Store<Connection>({ state: 'connecting', events: false, node: '' })

let silent = 0

const update = (change: Partial<Connection>): void => {
  const before = connection.get()
  const after = { ...before, ...change }
  if (before.state !== after.state || before.events !== after.events || before.node !== after.node) connection.set(after)
}

/** Called on any answer, good or bad. */
export function nodeAnswered(): void {
  silent = 0
  update({ state: 'up' })
}

/** Called when a request got no answer at all. */
export function nodeSilent(): void {
  silent += 1
  if (silent >= SILENT_LIMIT) update({ state: 'down' })
}

/** Called when the event socket opens or closes. */
export function eventsOpen(events: boolean): void {
  update(events ? { events, state: 'up' } : { events })
}

/** Called when the node has said its name. */
export function nodeNamed(node: string): void {
  update({ node })
}

/** Keeps the other members' pages for the day this node is silent. */
export function rememberOthers(others: readonly OtherNode[]): void {
  try {
    localStorage.setItem(MEMBERS_KEY, JSON.stringify(others))
  } catch {
    // Private windows may refuse storage; then there is nothing to offer later, and nothing breaks.
  }
}

/** The other members' pages as last seen; only plain web addresses. */
export function otherNodes(): OtherNode[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(MEMBERS_KEY) ?? '[]')
    if (!Array.isArray(kept)) return []
    return (kept as Partial<OtherNode>[]).flatMap(({ name, http }) => typeof name === 'string' && typeof http === 'string' && /^https?:\/\//.test(http) ? [{ name, http }] : [])
  } catch {
    return []
  }
}
