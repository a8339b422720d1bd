import { useSyncExternalStore } from 'react'
import { Kept } from './kept.ts'

/** What a person may choose, and what it is called. */
export const SCHEMES = { system: 'System', dark: 'Dark', light: 'Light' } as const
export type SchemeChoice = keyof typeof SCHEMES

const isChoice = (value: unknown): value is SchemeChoice => typeof value === 'string' && Object.hasOwn(SCHEMES, value)

const chosen = new Kept<SchemeChoice>('thatdam.scheme', (kept) => isChoice(kept) ? kept : 'system')

/** What this person chose; the system decides until then. */
export const useSchemeChoice = (): SchemeChoice => useSyncExternalStore(chosen.subscribe, chosen.get)

/** Keeps the choice in this browser; `public/scheme.js` carries it out. */
export function chooseScheme(choice: SchemeChoice): void {
  chosen.set(choice)
  dispatchEvent(new CustomEvent('thatdam:scheme', { detail: choice }))
}

const schemeNow = (): string => document.documentElement.dataset['scheme'] ?? 'dark'

function watchScheme(listener: () => void): () => void {
  const observer = new MutationObserver(listener)
  observer.observe(document.documentElement, { attributeFilter: ['data-scheme'] })
  return () => observer.disconnect()
}

/** The scheme that holds, for what is not drawn by CSS. */
export const useScheme = (): string => useSyncExternalStore(watchScheme, schemeNow)
