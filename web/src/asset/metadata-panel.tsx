import { useMemo, useState } from 'react'
import type { MetadataView } from '#protocols/http.ts'
import { API } from '../api/client.ts'
import { useResource } from '../api/resource.ts'
import { formatBytes, plural } from '../design/format.ts'

type Group = MetadataView['groups'][number]

/** Groups with only the tags whose name or value holds every word. */
export function narrowed(groups: readonly Group[], words: string): Group[] {
  const wanted = words.toLowerCase().split(/\s+/).filter((word) => word !== '')
  if (wanted.length === 0) return [...groups]
  return groups.map(({ name, tags }) => ({ name, tags: tags.filter((tag) => wanted.every((word) => `${name} ${tag.name} ${tag.value}`.toLowerCase().includes(word))) })).filter(({ tags }) => tags.length > 0)
}

function MetadataGroup({ group, isOpen }: { readonly group: Group; readonly isOpen: boolean }) {
  return (
    <details open={isOpen} className="metadata-group">
      <summary>{group.name} <span className="small dim">{group.tags.length}</span></summary>
      <dl className="facts">{group.tags.map(({ name, value }, at) => <div key={`${name} ${at}`}><dt className="path">{name}</dt><dd className="path">{value}</dd></div>)}</dl>
    </details>
  )
}

/** Everything that was read from the file, in groups, narrowed as you type. */
export function MetadataPanel({ id }: { readonly id: string }) {
  const path = `/assets/${encodeURIComponent(id)}`
  const { data, error } = useResource<MetadataView>(`${path}/metadata`)
  const [words, setWords] = useState('')
  const groups = useMemo(() => narrowed(data?.groups ?? [], words), [data, words])
  if (data === undefined) return error === undefined ? <div className="skeleton" style={{ height: 80 }} /> : <p className="small why">{error.message}</p>
  if (data.groups.length === 0 && data.sidecars.length === 0) return <p className="small dim">Not read yet: it is being looked at in the background.</p>
  return (
    <div className="stack">
      <input type="search" className="field" aria-label="Search in the metadata" placeholder="Search in the metadata" value={words} onChange={(event) => setWords(event.target.value)} />
      {words !== '' ? <p className="small dim" aria-live="polite">{plural(groups.reduce((sum, { tags }) => sum + tags.length, 0), 'tag')}</p> : null}
      {groups.map((group) => <MetadataGroup key={group.name} group={group} isOpen={words !== ''} />)}
      {data.sidecars.length === 0 ? null : <ul className="small">{data.sidecars.map(({ name, size }) => <li key={name}><a href={`${API}${path}/sidecars/${encodeURIComponent(name)}`} download>{name}</a> <span className="dim">{formatBytes(size)}</span></li>)}</ul>}
    </div>
  )
}
