import { useEffect, useRef } from 'react'

/** Keys and what they do; a key is `KeyboardEvent.key`. */
export type Shortcuts = Readonly<Record<string, (event: KeyboardEvent) => void>>

/** Whether keys belong to a field. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('textarea, select, input:not([type=radio]):not([type=checkbox]):not([type=button])'))
}

/** Whether a key is what works the control that has the focus. */
function worksControl({ key, target }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false
  return key === ' ' ? target.matches('button, summary, input, [role=button]') : key.startsWith('Arrow') && target.matches('input[type=radio]')
}

/** Binds keys while the component is on screen; silent while someone types, works a control with them, holds a modifier, or has a dialog open. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const current = useRef(shortcuts)
  useEffect(() => { current.current = shortcuts })
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || worksControl(event) || document.querySelector('dialog[open]') !== null) return
      const act = Object.hasOwn(current.current, event.key) ? current.current[event.key] : undefined
      if (act === undefined) return
      event.preventDefault()
      act(event)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}

/** Sets the document's title to the page's. */
export function useTitle(title: string): void {
  useEffect(() => { document.title = `${title} · ThatDAM` }, [title])
}
