import { Link } from 'wouter'
import type { AssetDetail } from '#protocols/http.ts'
import { PeopleBadges } from '../organise/people-badges.tsx'

const isSaid = ([, value]: readonly [string, string]): boolean => value !== ''

/** What people say of a clip, for whoever may not change it. */
export function WordsShown({ asset: { id, name, title, rating, tags, notes, marks, fields } }: { readonly asset: AssetDetail }) {
  const { stack: _stack, ...said } = marks
  const facts = [...Object.entries(said), ...Object.entries(fields)].filter(isSaid)
  return (
    <section className="stack asset-edit" aria-label="Description">
      <PeopleBadges asset={id} />
      <h1>{title || name}</h1>
      <p className="small dim">{rating === 0 ? 'not rated' : <><span className="rated" aria-hidden="true">{'★'.repeat(rating)}</span> {rating} of 5</>}</p>
      {tags.length === 0 ? null : <div className="tags">{tags.map((tag) => <span key={tag} className="chip"><Link href={`/library?tag=${encodeURIComponent(tag)}`}>{tag}</Link></span>)}</div>}
      {notes === '' ? null : <p className="notes-shown">{notes}</p>}
      {facts.length === 0 ? null : <dl className="facts">{facts.map(([what, value]) => <div key={what}><dt>{what}</dt><dd>{value}</dd></div>)}</dl>}
    </section>
  )
}
