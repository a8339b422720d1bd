import { type ReactNode } from 'react'
import { placesIn } from './moment.ts'

/** A text with every place of what is searched marked. */
export function MarkedText({ text, wanted }: { readonly text: string; readonly wanted: string }) {
  const parts: ReactNode[] = []
  let at = 0
  for (const [from, to] of placesIn(text, wanted)) {
    parts.push(text.slice(at, from), <mark key={from}>{text.slice(from, to)}</mark>)
    at = to
  }
  return <>{parts}{text.slice(at)}</>
}
