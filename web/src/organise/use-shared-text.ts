import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { mergeText, movedCaret } from './merge-text.ts'

/** Wait after the last key before what was typed is sent, ms. @default 350 */
export const SHARE_AFTER_MS = 350
/** Wait before it is tried again when it could not be sent, ms. @default 3000 */
const AGAIN_MS = 3000

export interface SharedText {
  readonly text: string
  readonly state: 'saved' | 'typing' | 'failed'
  readonly reason: string
  edit(text: string): void
  flush(): void
}

/** A text as the node stored it, and when. */
export interface StoredText { readonly text: string; readonly atMs: number }

/** A text that several people type in at once: what others write appears here, what is typed here is sent soon, and the caret stays where it was. `send` answers the text as it is stored then. */
export function useSharedText(stored: StoredText, send: (text: string, base: string) => Promise<StoredText>, field: RefObject<HTMLTextAreaElement | null>): SharedText {
  const [shown, setShown] = useState({ text: stored.text, state: 'saved' as SharedText['state'], reason: '' })
  /** What the node had when this page last knew, and what is typed here. */
  const now = useRef({ base: stored.text, text: stored.text, atMs: stored.atMs, sending: false })
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const caret = useRef<readonly [number, number] | undefined>(undefined)

  const show = (text: string, state: SharedText['state'], reason = ''): void => {
    const element = field.current
    if (element !== null && document.activeElement === element && text !== now.current.text) caret.current = [movedCaret(now.current.text, text, element.selectionStart), movedCaret(now.current.text, text, element.selectionEnd)]
    now.current.text = text
    setShown({ text, state, reason })
  }
  const stateOf = (): SharedText['state'] => now.current.text === now.current.base ? 'saved' : 'typing'

  /** An answer that was overtaken by a newer one is passed over. */
  const take = ({ text: theirs, atMs }: StoredText, base: string): void => {
    if (atMs < now.current.atMs) return
    now.current.atMs = atMs
    const merged = mergeText(base, now.current.text, theirs)
    now.current.base = theirs
    show(merged, merged === theirs ? 'saved' : 'typing')
  }

  const store = useRef(async (): Promise<void> => undefined)
  store.current = async () => {
    clearTimeout(timer.current)
    const { base, text, sending } = now.current
    if (sending || text === base) return
    now.current.sending = true
    try {
      take(await send(text, base), text)
    } catch (error) {
      setShown({ text: now.current.text, state: 'failed', reason: error instanceof Error ? error.message : String(error) })
    }
    now.current.sending = false
    if (now.current.text !== now.current.base) timer.current = setTimeout(() => void store.current(), now.current.base === base ? AGAIN_MS : SHARE_AFTER_MS)
  }

  useEffect(() => { if (!now.current.sending && stored.text !== now.current.base) take(stored, now.current.base) }, [stored.text, stored.atMs])
  useLayoutEffect(() => {
    if (caret.current === undefined) return
    field.current?.setSelectionRange(...caret.current as [number, number])
    caret.current = undefined
  }, [shown.text])
  useEffect(() => () => void store.current(), [])

  return {
    ...shown,
    edit: (text) => {
      now.current.text = text
      setShown({ text, state: stateOf(), reason: '' })
      clearTimeout(timer.current)
      timer.current = setTimeout(() => void store.current(), SHARE_AFTER_MS)
    },
    flush: () => void store.current()
  }
}
