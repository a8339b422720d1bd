import type { PersonHere } from '#protocols/http.ts'
import { initialsOf, usePeople } from './people.ts'

/** Shown of one clip; the rest is counted. @default 4 */
const SHOWN = 4

function Person({ person: { name, node, editing } }: { readonly person: PersonHere }) {
  const does = editing === '' ? 'is looking' : `is editing ${editing}`
  return <span className={`person ${editing === '' ? '' : 'editing'}`} title={`${name} on ${node} ${does}`}><span aria-hidden="true">{initialsOf(name)}</span><span className="hidden">{name} on {node} {does}</span></span>
}

/** Who has this clip open, as initials; on cards only those who edit it. */
export function PeopleBadges({ asset, editorsOnly = false }: { readonly asset: string; readonly editorsOnly?: boolean }) {
  const there = usePeople().filter((person) => person.asset === asset && (!editorsOnly || person.editing !== ''))
  if (there.length === 0) return null
  return (
    <span className="people" role="status">
      {there.slice(0, SHOWN).map((person) => <Person key={person.session} person={person} />)}
      {there.length > SHOWN ? <span className="person">+{there.length - SHOWN}</span> : null}
    </span>
  )
}
