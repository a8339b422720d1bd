import { type FormEvent, useState } from 'react'
import type { SavedSearch, SavedSearchList } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { refetch, useResource } from '../api/resource.ts'
import { Icon } from '../design/icon.tsx'
import { toast } from '../design/toast.tsx'
import { wayBack } from '../organise/undo.ts'
import { useUnlimited } from '../shell/use-may.ts'
import type { LibraryQuery } from './asset-query.ts'

const PATH = '/searches'

async function remove({ id, name }: SavedSearch): Promise<void> {
  await attempt(async () => {
    const { undo } = await api.remove(`${PATH}/${encodeURIComponent(id)}`)
    toast(`The saved search ${name} was deleted, for everybody.`, 'plain', wayBack(undo, () => refetch(PATH)))
  })
}

async function attempt(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work()
    refetch(PATH)
    return true
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error), 'bad')
    return false
  }
}

function SaveForm({ query, onDone }: { readonly query: LibraryQuery; readonly onDone: () => void }) {
  const [name, setName] = useState('')
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    if (await attempt(() => api.post(PATH, { name, q: query.q, sort: query.sort || null }))) onDone()
  }
  return (
    <form className="row" onSubmit={(event) => void save(event)}>
      <input className="field" value={name} maxLength={100} required autoFocus placeholder="Name" aria-label="Name of the search" onChange={(event) => setName(event.target.value)} onKeyDown={(event) => { if (event.key === 'Escape') onDone() }} />
      <button type="submit" className="button">Save</button>
    </form>
  )
}

interface SavedSearchesProps {
  readonly query: LibraryQuery
  readonly open: (search: SavedSearch) => void
}

/** Searches that are kept for everybody. */
export function SavedSearches({ query, open }: SavedSearchesProps) {
  const { data } = useResource<SavedSearchList>(useUnlimited(PATH))
  const [saving, setSaving] = useState(false)
  const searches = data?.searches ?? []
  const isSaved = searches.some(({ q, sort }) => q === query.q && (sort ?? '') === query.sort)
  if (searches.length === 0 && query.q === '') return null
  return (
    <section className="facet" aria-label="Saved searches">
      <h3>Saved searches</h3>
      <ul>
        {searches.map((search) => (
          <li key={search.id} className="row">
            <button type="button" className="facet-value" aria-pressed={search.q === query.q && (search.sort ?? '') === query.sort} onClick={() => open(search)} title={search.q}><span className="cut">{search.name}</span></button>
            <button type="button" className="button quiet icon small-button" aria-label={`Delete the saved search ${search.name}`} onClick={() => void remove(search)}><Icon name="close" /></button>
          </li>
        ))}
      </ul>
      {saving ? <SaveForm query={query} onDone={() => setSaving(false)} /> : query.q === '' || isSaved ? null : <button type="button" className="button quiet small" onClick={() => setSaving(true)}><Icon name="plus" />Save this search</button>}
    </section>
  )
}
