/** Posters that are fetched at once: a browser opens six connections to a node, and the list needs some of them. @default 4 */
const MAX_LOADING = 4
/** A poster is fetched when it was on the screen for so long, ms: those that fly by are not. @default 60 */
const SETTLE_MS = 60
/** Addresses that are known to be in the browser's cache. @default 4000 */
const KNOWN = 4000

const known = new Set<string>()
const waiting = new Set<() => void>()
let loading = 0

/** Calls back when the poster may be fetched, the latest asked for first. What it answers is called when it is there, or not wanted any more. */
export function mayLoad(address: string, begin: () => void): (isThere: boolean) => void {
  if (known.has(address)) {
    begin()
    return () => {}
  }
  let state: 'waiting' | 'loading' | 'done' = 'waiting'
  const start = (): void => {
    state = 'loading'
    loading++
    begin()
  }
  const timer = setTimeout(() => {
    waiting.add(start)
    next()
  }, SETTLE_MS)
  return (isThere) => {
    clearTimeout(timer)
    waiting.delete(start)
    if (state === 'loading') loading--
    state = 'done'
    if (isThere) remember(address)
    next()
  }
}

function next(): void {
  const latest = [...waiting].reverse().slice(0, Math.max(0, MAX_LOADING - loading))
  for (const start of latest) {
    waiting.delete(start)
    start()
  }
}

function remember(address: string): void {
  known.add(address)
  for (const oldest of known) if (known.size > KNOWN) known.delete(oldest)
}
