import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { Icon } from '../design/icon.tsx'

/** Wait after the last key before the search runs, ms: a model has to read the sentence. @default 450 */
const DEBOUNCE_MS = 450

interface BoxProps {
  readonly q: string
  readonly change: (q: string) => void
  readonly takePicture: (file: File) => void
}

/** One box for a sentence; a picture may be given instead. */
export function MomentBox({ q, change, takePicture }: BoxProps) {
  const [text, setText] = useState(q)
  const file = useRef<HTMLInputElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const said = useRef(q.trim())
  // The address may change without this field (back button, an example): then the field follows. Not when it says what the field said: somebody may have typed on since.
  useEffect(() => {
    if (q.trim() === said.current) return
    said.current = q.trim()
    setText(q)
  }, [q])
  useEffect(() => () => clearTimeout(timer.current), [])
  const say = (next: string): void => {
    said.current = next.trim()
    change(next)
  }
  const later = (next: string): void => {
    setText(next)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => say(next), next.trim() === '' ? 0 : DEBOUNCE_MS)
  }
  const now = (next: string): void => {
    clearTimeout(timer.current)
    setText(next)
    say(next)
  }
  const onKey = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.key === 'Enter') now(text)
    else if (event.key === 'ArrowDown') document.querySelector<HTMLElement>('.moments-of [data-cell][tabindex="0"]')?.focus()
    else if (event.key === 'Escape' && text === '') event.currentTarget.blur()
    else if (event.key === 'Escape') now('')
    else return
    event.preventDefault()
  }
  return (
    <div className="row moment-box" role="search">
      <div className="search">
        <Icon name="search" />
        <input type="search" className="field" role="searchbox" placeholder="What happens in it: a dog runs into the sea" aria-label="Find a moment" value={text} maxLength={500} autoComplete="off" onChange={(event) => later(event.target.value)} onKeyDown={onKey} />
        <span className="kbd" aria-hidden="true">/</span>
      </div>
      <input ref={file} type="file" accept="image/*" className="hidden" tabIndex={-1} aria-hidden="true" onChange={({ currentTarget }) => { const [picture] = currentTarget.files ?? []; if (picture !== undefined) takePicture(picture); currentTarget.value = '' }} />
      <button type="button" className="button brief" title="Find moments that look like a picture; you may also drop or paste one" onClick={() => file.current?.click()}><Icon name="image" /><span>By picture</span></button>
    </div>
  )
}
