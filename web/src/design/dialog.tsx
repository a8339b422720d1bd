import { type ReactNode, useId, useLayoutEffect, useRef } from 'react'
import { Icon } from './icon.tsx'
import { Store } from './store.ts'

/** The dialogs that are open, that which lies above all last. Only what lies in that one can be reached. */
export const openDialogs = new Store<readonly HTMLDialogElement[]>([])

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
  /** The press began beside it: text may be selected out over its edge. */
  const isBeside = useRef(false)
  // A layout effect, because it is closed before it is gone: only then does the browser give the focus back.
  useLayoutEffect(() => {
    const dialog = element.current
    if (dialog === null) return
    show(dialog)
    openDialogs.set([...openDialogs.get(), dialog])
    return () => {
      openDialogs.set(openDialogs.get().filter((one) => one !== dialog))
      dialog.close()
    }
  }, [])
  return (
    <dialog ref={element} className="dialog" aria-labelledby={heading}
      // A file field that nothing was chosen in cancels, too.
      onCancel={(event) => { if (event.target !== event.currentTarget) return; event.preventDefault(); onClose() }}
      onPointerDown={(event) => { isBeside.current = event.target === event.currentTarget }}
      onClick={(event) => { if (isBeside.current && event.target === event.currentTarget) onClose() }}>
      <header>
        <h2 id={heading}>{title}</h2>
        <button type="button" className="button quiet icon" aria-label="Close" onClick={onClose}><Icon name="close" /></button>
      </header>
      <div className="body">{children}</div>
    </dialog>
  )
}
