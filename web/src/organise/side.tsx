import { type ReactNode, useState, useSyncExternalStore } from 'react'
import { Dialog } from '../design/dialog.tsx'
import { Icon } from '../design/icon.tsx'
import './organise.css'

/** Pages narrower than this have no room beside a list. */
const narrow = window.matchMedia('(max-width: 1000px)')

function subscribe(listener: () => void): () => void {
  narrow.addEventListener('change', listener)
  return () => narrow.removeEventListener('change', listener)
}

/** Whether what would stand beside a list has no room there. */
export const useNarrow = (): boolean => useSyncExternalStore(subscribe, () => narrow.matches)

interface SideProps {
  readonly label: string
  /** Only asked where there is room. */
  readonly isShown?: boolean
  readonly children: ReactNode
}

/** What stands beside a list where there is room for it. */
export function Side({ label, isShown = true, children }: SideProps) {
  return useNarrow() || !isShown ? null : <aside className="side" aria-label={label}>{children}</aside>
}

interface SideButtonProps {
  readonly label: string
  readonly words: string
  /** On the button that leads back to the list. */
  readonly done: string
  readonly children: ReactNode
}

/** The same behind a button where there is no room. */
export function SideButton({ label, words, done, children }: SideButtonProps) {
  const [isOpen, setIsOpen] = useState(false)
  if (!useNarrow()) return null
  return (
    <>
      <button type="button" className="button" aria-haspopup="dialog" onClick={() => setIsOpen(true)}><Icon name="choose" />{words}</button>
      {isOpen ? (
        <Dialog title={label} onClose={() => setIsOpen(false)}>
          {children}
          <button type="button" className="button primary side-done" onClick={() => setIsOpen(false)}>{done}</button>
        </Dialog>
      ) : null}
    </>
  )
}
