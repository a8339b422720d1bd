import { useEffect, useRef, useState } from 'react'
import { type Draft, draftOf, failed, isContested, isDirty, receive, saved, saving, type } from './draft.ts'

/** Wait after the last key before a text is saved, ms. @default 800 */
export const AUTOSAVE_MS = 800

/** A field that saves itself: typing is never overwritten, other browsers' edits arrive when nobody types here. */
export function useDraft(stored: string, save: (text: string) => Promise<unknown>): { readonly draft: Draft; readonly edit: (text: string) => void; readonly flush: () => void; readonly keepMine: () => void; readonly takeTheirs: () => void } {
  const [draft, setDraft] = useState(() => draftOf(stored))
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const latest = useRef(draft)
  const saver = useRef(save)
  useEffect(() => {
    latest.current = draft
    saver.current = save
  })
  useEffect(() => { setDraft((draft) => receive(draft, stored)) }, [stored])

  const storing = useRef(() => Promise.resolve())
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
  useEffect(() => { storing.current = store })
  // Somebody else's words are not replaced by a timer: the person here decides.
  const contested = isContested(draft)
  // Only a key starts the wait anew, not whatever else draws the field again.
  useEffect(() => {
    if (draft.state !== 'typing' || contested) return
    timer.current = setTimeout(() => void storing.current(), AUTOSAVE_MS)
    return () => clearTimeout(timer.current)
  }, [draft.text, draft.state, contested])
  // Leaving the page saves what is still unsaved.
  useEffect(() => () => { if (isDirty(latest.current) && latest.current.state !== 'saving') saver.current(latest.current.text).catch(() => undefined) }, [])

  return {
    draft,
    edit: (text) => setDraft((draft) => type(draft, text)),
    flush: () => { if (!contested) void store() },
    keepMine: () => void store(),
    takeTheirs: () => setDraft(({ stored }) => draftOf(stored))
  }
}
