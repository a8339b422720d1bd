import { useSyncExternalStore } from 'react'
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
  setTimeout(() => forget(id), TOAST_MS)
}

function forget(id: number): void {
  toasts.set(toasts.get().filter((one) => one.id !== id))
}

/** The corner where toasts appear; mounted once by the shell. */
export function Toasts() {
  const shown = useSyncExternalStore(toasts.subscribe, toasts.get)
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map(({ id, text, tone, way }) => (
        <div key={id} className={`toast ${tone}`}>{text}{way === undefined ? null : <button type="button" className="button" onClick={() => { forget(id); way.act() }}>{way.label}</button>}</div>
      ))}
    </div>
  )
}
