import { useEffect, useSyncExternalStore } from 'react'
import { createPortal } from 'react-dom'
import { openDialogs } from './dialog.tsx'
import { Store } from './store.ts'

/** How long a toast stays, ms. @default 6000 */
const TOAST_MS = 6000

interface Toast { readonly id: number; readonly text: string; readonly tone: 'plain' | 'bad'; readonly way: Way | undefined }

/** What may be done about what was said. */
export interface Way { readonly label: string; readonly act: () => void }

const toasts = new Store<readonly Toast[]>([])
let lastId = 0

/** Says one sentence in the corner for a few seconds, read out by screen readers. */
export function toast(text: string, tone: Toast['tone'] = 'plain', way?: Way): void {
  const id = ++lastId
  toasts.set([...toasts.get().slice(-3), { id, text, tone, way }])
}

function forget(id: number): void {
  toasts.set(toasts.get().filter((one) => one.id !== id))
}

/** One of them; its time begins anew when it comes out of a dialog that closed. */
function Said({ toast: { id, text, tone, way } }: { readonly toast: Toast }) {
  useEffect(() => {
    const timer = setTimeout(() => forget(id), TOAST_MS)
    return () => clearTimeout(timer)
  }, [id])
  return <div className={`toast ${tone}`}>{text}{way === undefined ? null : <button type="button" className="button" onClick={() => { forget(id); way.act() }}>{way.label}</button>}</div>
}

/** The corner where toasts appear, within the topmost dialog while one is open; mounted once by the shell. */
export function Toasts() {
  const shown = useSyncExternalStore(toasts.subscribe, toasts.get)
  const dialog = useSyncExternalStore(openDialogs.subscribe, openDialogs.get).at(-1)
  const corner = <div className="toasts" role="status" aria-live="polite">{shown.map((one) => <Said key={one.id} toast={one} />)}</div>
  return dialog === undefined ? corner : createPortal(corner, dialog)
}
