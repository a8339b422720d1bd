import { type FormEvent, useState } from 'react'
import type { UnderstandingChange } from '#protocols/http.ts'
import { plural } from '../design/format.ts'
import { useAct } from '../organise/use-act.ts'

/** As the node takes them. */
const MOST_WORDS = 1000
const LONGEST = 80

interface VocabularyProps {
  readonly words: readonly string[]
  readonly change: (change: UnderstandingChange) => Promise<void>
}

/** Words of a text, one a line or between commas; each once. */
export function wordsIn(text: string): string[] {
  return [...new Set(text.split(/[\n,;]/).map((word) => word.trim().replace(/\s+/g, ' ').slice(0, LONGEST)).filter((word) => word !== ''))].slice(0, MOST_WORDS)
}

/** The words that scenes are tagged with when they look like them. */
export function Vocabulary({ words, change }: VocabularyProps) {
  const [text, setText] = useState<string>()
  const { busy, why, act } = useAct(() => setText(undefined))
  const typed = wordsIn(text ?? '')
  const save = (event: FormEvent): void => {
    event.preventDefault()
    void act(() => change({ vocabulary: typed }))
  }
  return (
    <section className="card panel" aria-labelledby="vocabulary">
      <div className="row spread wrap"><h2 id="vocabulary">Vocabulary</h2>{text === undefined ? <button type="button" className="button" onClick={() => setText(words.join('\n'))}>Change…</button> : null}</div>
      <p className="small dim">Scenes are tagged with these words when their pictures look like them. New words count for everything that is there already: pictures are not looked at again.</p>
      {text === undefined ? <ul className="row wrap vocabulary-words">{words.map((word) => <li key={word} className="chip">{word}</li>)}</ul> : (
        <form className="stack" onSubmit={save}>
          <label><span className="label">One word or a few words a line</span><textarea className="field" rows={12} autoFocus value={text} onChange={(event) => setText(event.target.value)} /></label>
          {why === '' ? null : <p className="why" role="alert">{why}</p>}
          <div className="row spread wrap"><span className="small dim num">{plural(typed.length, 'word')} of at most {MOST_WORDS.toLocaleString('en')}</span><div className="row"><button type="button" className="button" onClick={() => setText(undefined)}>Leave it as it is</button><button type="submit" className="button primary" disabled={busy || typed.length === 0}>Save</button></div></div>
        </form>
      )}
    </section>
  )
}
