import type { ServerEvent } from '#protocols/http.ts'
import { eventsOpen, nodeNamed, nodeSilent } from './connection.ts'

/** First wait before the event socket is opened again, ms; doubles up to the last. @default 500 */
const FIRST_WAIT_MS = 500
/** Longest wait between two tries, ms. @default 10000 */
const LAST_WAIT_MS = 10_000

/** A hint from the node, or `reopened`: hints may have been missed, so ask for everything again. */
export type Hint = ServerEvent | { readonly type: 'reopened' }

const listeners = new Set<(hint: Hint) => void>()
let wait = FIRST_WAIT_MS
let wasOpen = false

/** Calls back for every hint until the returned function is called. */
export function onHint(listener: (hint: Hint) => void): () => void {
  listeners.add(listener)
  return () => { listeners.delete(listener) }
}

function tell(hint: Hint): void {
  if (hint.type === 'hello') nodeNamed(hint.node)
  for (const listener of listeners) listener(hint)
}

function parse(data: unknown): ServerEvent | undefined {
  try {
    const event = JSON.parse(String(data)) as ServerEvent
    return typeof event.type === 'string' ? event : undefined
  } catch {
    return undefined
  }
}

let open: WebSocket | undefined

/** Says something to the node. Answers whether it could be said now. */
export function say(words: string): boolean {
  if (open?.readyState !== WebSocket.OPEN) return false
  open.send(words)
  return true
}

/** Opens the event socket and keeps it open for the life of the page, waiting longer between tries the longer it fails. */
export function connectEvents(): void {
  const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`)
  socket.addEventListener('open', () => {
    open = socket
    wait = FIRST_WAIT_MS
    eventsOpen(true)
    if (wasOpen) tell({ type: 'reopened' })
    wasOpen = true
  })
  socket.addEventListener('message', ({ data }) => {
    const event = parse(data)
    if (event !== undefined) tell(event)
  })
  socket.addEventListener('close', () => {
    eventsOpen(false)
    nodeSilent()
    setTimeout(connectEvents, wait * (0.8 + Math.random() * 0.4))
    wait = Math.min(LAST_WAIT_MS, wait * 2)
  })
}
