import { memo } from 'react'
import { Icon } from '../design/icon.tsx'
import type { Line } from './line-edits.ts'
import { type LineActs, LineEditor } from './line-editor.tsx'
import { MarkedText } from './marked-text.tsx'
import { clockOf } from './moment.ts'

interface LineRowProps {
  readonly line: Line
  readonly isFirst: boolean
  /** It is being said. */
  readonly isNow: boolean
  /** Place of the word that is being said, in this line only. */
  readonly word: number
  readonly wanted: string
  /** Undefined when it can not be written. */
  readonly edit: ((id: string) => void) | undefined
  readonly acts: LineActs | undefined
  readonly speakers: readonly string[]
  readonly jump: (ms: number) => void
  readonly copy: (line: Line) => void
}

function Words({ line, word, jump }: Pick<LineRowProps, 'line' | 'word' | 'jump'>) {
  return <>{line.words.map((one, i) => <span key={i}>{i === 0 ? '' : ' '}<span className={i === word ? 'said now-word' : 'said'} onClick={() => jump(one.fromMs)}>{one.text}</span></span>)}</>
}

/** One line: when, who and what. Its time goes there, its words are written. */
export const LineRow = memo(function LineRow({ line, isFirst, isNow, word, wanted, edit, acts, speakers, jump, copy }: LineRowProps) {
  const isTimed = line.words.length > 0 && line.words.map(({ text }) => text).join(' ') === line.text
  return (
    <li className={isNow ? 'transcript-line is-now' : 'transcript-line'} data-line={line.id} aria-current={isNow ? 'true' : undefined}>
      <button type="button" className="line-time num" aria-label={`Go to ${clockOf(line.fromMs)}`} onClick={() => jump(line.fromMs)}>{clockOf(line.fromMs)}</button>
      {acts === undefined ? (
        <div className="line-words">
          {line.speaker === '' ? null : <span className="speaker">{line.speaker}</span>}
          <p dir="auto" onDoubleClick={() => edit?.(line.id)}>{wanted === '' && isTimed && isNow ? <Words line={line} word={word} jump={jump} /> : <MarkedText text={line.text} wanted={wanted} />}</p>
        </div>
      ) : <LineEditor line={line} isFirst={isFirst} speakers={speakers} acts={acts} />}
      {acts === undefined ? (
        <span className="line-acts">
          <button type="button" className="button quiet icon" aria-label={`Copy the line at ${clockOf(line.fromMs)} with its timecode`} onClick={() => copy(line)}><Icon name="copy" /></button>
          {edit === undefined ? null : <button type="button" className="button quiet" data-edit={line.id} aria-label={`Edit the line at ${clockOf(line.fromMs)}`} onClick={() => edit(line.id)}>Edit</button>}
        </span>
      ) : null}
    </li>
  )
})
