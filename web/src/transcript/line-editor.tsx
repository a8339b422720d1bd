import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import type { Line } from './line-edits.ts'

export interface LineActs {
  readonly save: (text: string, speaker: string) => void
  readonly split: (text: string, at: number, speaker: string) => void
  readonly joinUp: (text: string) => void
  readonly remove: () => void
  readonly cancel: () => void
  /** Stores, and goes on with the line above or below. */
  readonly go: (step: 1 | -1, text: string, speaker: string) => void
}

interface LineEditorProps {
  readonly line: Line
  readonly isFirst: boolean
  readonly speakers: readonly string[]
  readonly acts: LineActs
}

/** One line being written: Enter stores, Shift+Enter splits at the caret, Backspace at the beginning joins it to the line above, Alt with the arrows goes to the next. */
export function LineEditor({ line, isFirst, speakers, acts }: LineEditorProps) {
  const [text, setText] = useState(line.text)
  const [speaker, setSpeaker] = useState(line.speaker)
  const field = useRef<HTMLTextAreaElement>(null)
  const box = useRef<HTMLDivElement>(null)
  const over = useRef(false)
  const once = (act: () => void): void => {
    if (over.current) return
    over.current = true
    act()
  }
  useEffect(() => {
    field.current?.focus()
    field.current?.setSelectionRange(text.length, text.length)
  }, [])

  function onKey(event: KeyboardEvent<HTMLTextAreaElement>): void {
    const { selectionStart: at, selectionEnd: end } = event.currentTarget
    const act = event.key === 'Enter' && event.shiftKey ? () => acts.split(text, at, speaker)
      : event.key === 'Enter' ? () => acts.save(text, speaker)
      : event.key === 'Backspace' && at === 0 && end === 0 && !isFirst ? () => acts.joinUp(text)
      : event.altKey && event.key === 'ArrowDown' ? () => acts.go(1, text, speaker)
      : event.altKey && event.key === 'ArrowUp' ? () => acts.go(-1, text, speaker)
      : undefined
    if (act === undefined) return
    event.preventDefault()
    once(act)
  }

  return (
    <div className="line-editor" ref={box}
      onKeyDown={(event) => { if (event.key === 'Escape') { event.preventDefault(); event.stopPropagation(); event.nativeEvent.stopImmediatePropagation(); once(acts.cancel) } }}
      onBlur={({ relatedTarget }) => { if (!box.current?.contains(relatedTarget)) once(() => acts.save(text, speaker)) }}>
      <input className="field speaker-field" list="transcript-speakers" aria-label="Speaker" placeholder="Who speaks" maxLength={100} value={speaker} onChange={({ target }) => setSpeaker(target.value)}
        onKeyDown={(event) => { if (event.key === 'Enter') once(() => acts.save(text, speaker)) }} />
      <datalist id="transcript-speakers">{speakers.map((name) => <option key={name} value={name} />)}</datalist>
      <textarea ref={field} className="field" aria-label="What is said" rows={Math.min(6, Math.ceil(text.length / 34) + 1)} maxLength={2000} value={text} onChange={({ target }) => setText(target.value)} onKeyDown={onKey} />
      <div className="row wrap">
        <button type="button" className="button primary" onClick={() => once(() => acts.save(text, speaker))}>Save</button>
        <button type="button" className="button" onClick={() => once(() => acts.split(text, field.current?.selectionStart ?? text.length, speaker))}>Split</button>
        {isFirst ? null : <button type="button" className="button" onClick={() => once(() => acts.joinUp(text))}>Join up</button>}
        <button type="button" className="button danger" onClick={() => once(acts.remove)}>Delete</button>
      </div>
    </div>
  )
}
