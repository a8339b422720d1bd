import { type ReactNode, useEffect, useId, useRef } from 'react'
import { Icon } from './icon.tsx'

interface DialogProps {
  readonly title: string
  readonly onClose: () => void
  readonly children: ReactNode
}

/** A modal dialog on the browser's own `<dialog>`: focus stays inside, Esc and a click beside it close it, focus returns after. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null)
  const heading = useId()
  useEffect(() => {
    const dialog = element.current
    if (dialog !== null && !dialog.open) dialog.showModal()
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
