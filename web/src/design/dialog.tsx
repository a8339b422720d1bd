import { type ReactNode, useId, useLayoutEffect, useRef } from 'react'
import { Icon } from './icon.tsx'

interface DialogProps {
  readonly title: string
  readonly onClose: () => void
  readonly children: ReactNode
}

/** Opens it; where a keyboard is at hand and it begins with a field, what is typed next is meant for that. */
function show(dialog: HTMLDialogElement): void {
  if (dialog.open) return
  dialog.showModal()
  const first = dialog.querySelector<HTMLElement>('.body :is(a, button, input, select, textarea)')
  if (first?.matches(':is(input, textarea).field') === true && matchMedia('(hover: hover)').matches) first.focus()
}

/** A modal dialog on the browser's own `<dialog>`: focus stays inside, Esc and a click beside it close it, focus returns after. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null)
  const heading = useId()
  // A layout effect, because it is closed before it is gone: only then does the browser give the focus back.
  useLayoutEffect(() => {
    const dialog = element.current
    if (dialog !== null) show(dialog)
    return () => dialog?.close()
  }, [])
  return (
    <dialog ref={element} className="dialog" aria-labelledby={heading} onCancel={(event) => { event.preventDefault(); onClose() }} onClick={(event) => { if (event.target === event.currentTarget) onClose() }}>
      <header>
        <h2 id={heading}>{title}</h2>
        <button type="button" className="button quiet icon" aria-label="Close" onClick={onClose}><Icon name="close" /></button>
      </header>
      <div className="body">{children}</div>
    </dialog>
  )
}
