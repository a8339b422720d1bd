import type { ReactNode } from 'react'
import type { MomentView } from '#protocols/http.ts'

type Reason = MomentView['why'][number]

/** Words that are too short to be marked. */
const LEAST_LETTERS = 2

/** A text with what was looked for marked in it: words that begin alike. */
export function marked(text: string, q: string): ReactNode {
  const words = [...q.toLowerCase().matchAll(/[\p{L}\p{N}]+/gu)].map(([word]) => word).filter((word) => word.length >= LEAST_LETTERS)
  return text.split(/([\p{L}\p{N}]+)/u).map((part, at) => {
    const lower = part.toLowerCase()
    const isMeant = at % 2 === 1 && words.some((word) => lower.startsWith(word) || (lower.length > 3 && word.startsWith(lower)))
    return isMeant ? <mark key={at}>{part}</mark> : part
  })
}

const NAMES = { picture: 'picture', words: 'in the picture', speech: 'speech', object: 'object', tag: 'tag', caption: 'caption', name: 'name', meaning: 'meaning' } as const
/** Those whose text stands in quotes: it is what was read or heard. */
const QUOTED = new Set(['words', 'speech', 'caption', 'name', 'meaning'])

/** What is told of a meaning was said. */
const nameOf = ({ sense, text }: Reason): string => sense === 'meaning' && text !== undefined ? 'said' : NAMES[sense]

function Word({ reason, q }: { readonly reason: Reason; readonly q: string }) {
  const { sense, text, score } = reason
  const [name, number] = [nameOf(reason), score.toFixed(2)]
  return (
    <li className="why-word small" title={`${name}${text === undefined ? '' : `: ${text}`} (${number})`}>
      <span className="faint">{name}</span>{' '}
      {text === undefined ? <span className="num">{number}</span> : QUOTED.has(sense) ? <>“{marked(text, q)}”</> : <>{marked(text, q)} <span className="num faint">{number}</span></>}
    </li>
  )
}

/** Why a moment was found, in a few small words. */
export function WhyWords({ why, q }: { readonly why: readonly Reason[]; readonly q: string }) {
  return <ul className="why-words" aria-label="Why">{why.map((reason, at) => <Word key={`${reason.sense} ${at}`} reason={reason} q={q} />)}</ul>
}
