import { useState } from 'react'
import { Link } from 'wouter'

interface TagsProps {
  readonly tags: readonly string[]
  readonly add: (tags: string[]) => void
  readonly remove: (tag: string) => void
}

/** Splits what was typed at commas; empty and repeated ones fall away, each at most 200 characters. */
export function parseTags(text: string, present: readonly string[]): string[] {
  const tags = text.split(',').map((tag) => tag.trim().slice(0, 200)).filter((tag) => tag !== '' && !present.includes(tag))
  return [...new Set(tags)]
}

/** The tags as chips: each leads to its clips, can be taken off, and new ones are typed after the last. */
export function Tags({ tags, add, remove }: TagsProps) {
  const [text, setText] = useState('')
  const commit = (): void => {
    const fresh = parseTags(text, tags)
    setText('')
    if (fresh.length > 0) add(fresh)
  }
  return (
    <div className="tags">
      {tags.map((tag) => (
        <span key={tag} className="chip"><Link href={`/library?tag=${encodeURIComponent(tag)}`}>{tag}</Link><button type="button" aria-label={`Take off the tag ${tag}`} onClick={() => remove(tag)}>×</button></span>
      ))}
      <input className="field tag-field" aria-label="Add a tag" placeholder="Add a tag" value={text} maxLength={400}
        onChange={(event) => { if (event.target.value.endsWith(',')) commit(); else setText(event.target.value) }}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === 'Enter') commit()
          else if (event.key === 'Escape') setText('')
          else if (event.key === 'Backspace' && text === '' && tags.length > 0) remove(tags.at(-1) ?? '')
        }} />
    </div>
  )
}
