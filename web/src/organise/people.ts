import { useEffect, useSyncExternalStore } from 'react'
import type { PersonHere } from '#protocols/http.ts'
import { onHint, say } from '../api/events.ts'
import { Kept } from '../design/kept.ts'
import { Store } from '../design/store.ts'

/** Least time between two words about where this page is, ms: the node lets go of pages that talk more. @default 1500 */
const CALM_MS = 1500

/** This page among all others. */
const SESSION = crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')

/** What the person here is called on nodes where nobody signs in. */
export const ownName = new Kept<string>('thatdam.name', (kept) => typeof kept === 'string' ? kept.slice(0, 40) : '')

const people = new Store<readonly PersonHere[]>([])
let here = { asset: '', editing: '' }
let said = ''
let timer: ReturnType<typeof setTimeout> | undefined
let lastMs = -Infinity

onHint((hint) => {
  if (hint.type === 'people') people.set(hint.people.filter(({ session }) => session !== SESSION))
  if (hint.type === 'hello') {
    said = ''
    tell()
  }
})
ownName.subscribe(() => tell())

function tell(): void {
  timer ??= setTimeout(() => {
    timer = undefined
    const words = JSON.stringify({ type: 'here', session: SESSION, name: ownName.get(), ...here })
    if (words === said || !say(words)) return
    said = words
    lastMs = performance.now()
  }, Math.max(0, lastMs + CALM_MS - performance.now()))
}

function be(change: Partial<typeof here>): void {
  here = { ...here, ...change }
  tell()
}

/** Everybody else who has a page open now, on any node. */
export function usePeople(): readonly PersonHere[] {
  return useSyncExternalStore(people.subscribe, people.get)
}

/** While it is on screen this clip is what the page looks at. */
export function useLookingAt(asset: string): void {
  useEffect(() => {
    be({ asset, editing: '' })
    return () => be({ asset: '', editing: '' })
  }, [asset])
}

/** For a form: which field is being typed in. */
export const typingIn = {
  onFocus: ({ target }: { readonly target: EventTarget }): void => { if (target instanceof HTMLElement && target.matches('textarea, input, select')) be({ editing: (target.dataset['field'] ?? target.id ?? 'words').replace(/[^\w: -]/g, '').slice(0, 60) || 'words' }) },
  onBlur: (): void => be({ editing: '' })
} as const

/** One or two letters for a name. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/)
  const letters = words.length > 1 ? [words[0], words.at(-1)].map((word) => [...word ?? ''][0]) : [...words[0] ?? ''].slice(0, 2)
  return letters.join('').toUpperCase()
}
