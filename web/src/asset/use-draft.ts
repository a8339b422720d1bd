import { useEffect, useRef, useState } from 'react'
import { type Draft, draftOf, failed, isDirty, receive, saved, saving, type } from './draft.ts'

/** Wait after the last key before a text is saved, ms. @default 800 */
export const AUTOSAVE_MS = 800

/** A field that saves itself: typing is never overwritten, other browsers' edits arrive when nobody types here. */
export function useDraft(stored: string, save: (text: string) => Promise<unknown>): { readonly draft: Draft; readonly edit: (text: string) => void; readonly flush: () => void; readonly takeTheirs: () => void } {
  const [draft, setDraft] = useState(() => draftOf(stored))
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const latest = useRef(draft)
  const saver = useRef(save)
  useEffect(() => {
    latest.current = draft
    saver.current = save
  })
  useEffect(() => { setDraft((draft) => receive(draft, stored)) }, [stored])

  const store = async (): Promise<void> => {
    clearTimeout(timer.current)
    const { text, base, state } = latest.current
    if (state === 'saved' || state === 'saving') return
    setDraft(saving)
    try {
      await saver.current(text)
      setDraft((draft) => saved(draft, text))
    } catch (error) {
      setDraft((draft) => failed(draft, error instanceof Error ? error.message : String(error), base))
    }
  }
  useEffect(() => {
    if (draft.state !== 'typing') return
    timer.current = setTimeout(() => void store(), AUTOSAVE_MS)
    return () => clearTimeout(timer.current)
  })
  // Leaving the page saves what is still unsaved.
  useEffect(() => () => { if (isDirty(latest.current) && latest.current.state !== 'saving') saver.current(latest.current.text).catch(() => undefined) }, [])

  return {
    draft,
    edit: (text) => setDraft((draft) => type(draft, text)),
    flush: () => void store(),
    takeTheirs: () => setDraft(({ stored }) => draftOf(stored))
  }
}
