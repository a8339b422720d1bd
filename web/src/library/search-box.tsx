import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import { Link } from 'wouter'
import type { CompletionView } from '#protocols/http.ts'
import { type ApiError, api, queryOf } from '../api/client.ts'
import { Icon } from '../design/icon.tsx'
import { termsOf, toggleTerm, wordsOf } from './asset-query.ts'

/** Wait after the last key before the search runs, ms. @default 180 */
const DEBOUNCE_MS = 180
/** Wait after the last key before completions are asked for, ms. @default 90 */
const COMPLETE_MS = 90

interface SearchBoxProps {
  readonly q: string
  readonly change: (q: string) => void
  /** What is wrong with the query. */
  readonly error: ApiError | undefined
}

/** What may be meant by what is typed; asked for while the box has the focus. */
function useCompletion(): { readonly completion: CompletionView | undefined; readonly ask: (text: string, at: number) => void; readonly close: () => void } {
  const [completion, setCompletion] = useState<CompletionView>()
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const request = useRef<AbortController>(undefined)
  const close = (): void => {
    clearTimeout(timer.current)
    request.current?.abort()
    setCompletion(undefined)
  }
  useEffect(() => () => { clearTimeout(timer.current); request.current?.abort() }, [])
  const ask = (text: string, at: number): void => {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      request.current?.abort()
      const asked = new AbortController()
      request.current = asked
      api.get<CompletionView>(`/search/complete${queryOf({ text, at })}`, asked.signal).then((answer) => { if (!asked.signal.aborted) setCompletion(answer) }, () => undefined) // nothing to offer, then
    }, COMPLETE_MS)
  }
  return { completion, ask, close }
}

/** One box for words and filters, with what may be meant beneath it. */
export function SearchBox({ q, change, error }: SearchBoxProps) {
  const [text, setText] = useState(q)
  const [chosen, setChosen] = useState(-1)
  const input = useRef<HTMLInputElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const list = useId()
  const { completion, ask, close } = useCompletion()
  // The address may change without this field (back button, a facet): then the field follows.
  useEffect(() => { setText((text) => text.trim() === q ? text : q) }, [q])
  useEffect(() => () => clearTimeout(timer.current), [])
  const items = completion?.items ?? []

  const later = (next: string, caret: number): void => {
    setText(next)
    setChosen(-1)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => change(next), DEBOUNCE_MS)
    if (next.trim() === '') close()
    else ask(next, caret)
  }
  const now = (next: string): void => {
    clearTimeout(timer.current)
    setText(next)
    close()
    change(next)
  }
  const take = (at: number): void => {
    const item = items[at]
    if (completion === undefined || item === undefined) return
    const isValue = !item.text.endsWith(':')
    const before = text.slice(0, completion.from) + item.text + (isValue ? ' ' : '')
    const next = before + text.slice(completion.to).trimStart()
    later(next, before.length)
    requestAnimationFrame(() => input.current?.setSelectionRange(before.length, before.length))
  }
  const onKey = (event: KeyboardEvent<HTMLInputElement>): void => {
    if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && items.length > 0) setChosen((chosen) => (chosen + (event.key === 'ArrowDown' ? 1 : items.length) + (chosen < 0 && event.key === 'ArrowUp' ? 1 : 0)) % items.length)
    else if ((event.key === 'Enter' || event.key === 'Tab') && items[chosen] !== undefined) take(chosen)
    else if (event.key === 'Enter') now(text)
    else if (event.key === 'Escape' && chosen >= 0) { setChosen(-1); close() }
    else if (event.key === 'Escape' && text === '') { close(); event.currentTarget.blur() }
    else if (event.key === 'Escape') now('')
    else return
    event.preventDefault()
  }
  return (
    <div className="search-area" role="search">
      <div className="search">
        <Icon name="search" />
        <input ref={input} type="search" className="field" role="searchbox" placeholder="Search, or filter: tag: rating: camera: after: near: …" aria-label="Search the library" aria-controls={items.length > 0 ? list : undefined} aria-autocomplete="list" aria-activedescendant={chosen >= 0 ? `${list}-${chosen}` : undefined} aria-invalid={error !== undefined}
          value={text} maxLength={1000} autoComplete="off" spellCheck={false} onChange={(event) => later(event.target.value, event.target.selectionStart ?? event.target.value.length)} onBlur={close} onKeyDown={onKey} />
        <span className="kbd" aria-hidden="true">/</span>
        {items.length === 0 ? null : (
          <ul className="completions" id={list} role="listbox" aria-label="Suggestions">
            {items.map(({ text, label, assets }, at) => (
              <li key={text} id={`${list}-${at}`} role="option" aria-selected={at === chosen} onPointerDown={(event) => { event.preventDefault(); take(at) }}>
                <span className="cut">{label}</span>{assets === null ? null : <span className="dim num small">{assets.toLocaleString('en')}</span>}
              </li>
            ))}
          </ul>
        )}
      </div>
      {error === undefined ? null : (
        <p className="query-error small" role="alert">{error.message} {error.suggestion === undefined ? null : <button type="button" className="button quiet" onClick={() => now(text.slice(0, error.at ?? 0) + error.suggestion + rest(text, error))}>Use {error.suggestion}</button>}</p>
      )}
      <Chips q={q} change={now} />
      {wordsOf(q) === '' ? null : <p className="small inside"><Link href={`/moments?q=${encodeURIComponent(wordsOf(q))}`}>Find “{wordsOf(q)}” inside films and pictures</Link></p>}
    </div>
  )
}

/** What follows the word that is wrong; a field is replaced without its value. */
function rest(text: string, { at = 0, suggestion = '' }: ApiError): string {
  const wrong = text.slice(at)
  const end = suggestion.endsWith(':') ? wrong.indexOf(':') + 1 : wrong.search(/\s|$/)
  return wrong.slice(Math.max(0, end))
}

/** The filters of the query, each with a cross that takes it away. */
function Chips({ q, change }: { readonly q: string; readonly change: (q: string) => void }) {
  const terms = termsOf(q)
  if (terms.length === 0) return null
  return (
    <ul className="chips" aria-label="Filters">
      {terms.map((term, at) => <li key={`${term} ${at}`} className="chip">{term}<button type="button" aria-label={`Without ${term}`} onClick={() => change(toggleTerm(q, term))}>×</button></li>)}
    </ul>
  )
}
