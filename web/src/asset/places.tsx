import { useState } from 'react'
import type { AssetDetail, JobView } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { formatAge, plural } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { toast } from '../design/toast.tsx'

/** Where the file of a clip lay, or is. */
export function Locations({ asset }: { readonly asset: AssetDetail }) {
  if (asset.locations.length === 0) return null
  const words = (file: AssetDetail['locations'][number]['file']): string =>
    file === undefined ? 'from' : file.missingSinceMs === null ? 'in' : `missing for ${formatAge(Date.now() - file.missingSinceMs)}: was in`
  return <ul className="small dim">{asset.locations.map(({ node, path, file }) => <li key={node + path} className="path">{words(file)} {node}: <code>{path}</code></li>)}</ul>
}

/** A clip whose bytes are not in the ring: where they stay, and the way in. */
export function Outside({ asset, outside }: { readonly asset: AssetDetail; readonly outside: NonNullable<AssetDetail['outside']> }) {
  const [isAsked, setAsked] = useState(false)
  const places = asset.locations.filter(({ file }) => file?.missingSinceMs === null)
  const copy = async (): Promise<void> => {
    setAsked(true)
    try {
      await api.post<JobView>(`/assets/${encodeURIComponent(asset.id)}/copy`, {})
      toast('It is being copied into the ring.')
    } catch (error) {
      setAsked(false)
      toast(error instanceof Error ? error.message : String(error), 'bad')
    }
  }
  return (
    <div className="stack">
      {places.length > 0
        ? <p className="small warn-text">Stays on {places.map(({ node, path }) => `${node}: ${path}`).join(', ')} ({plural(places.length, 'place')}). The ring has no copy of it: it is lost with that disk.</p>
        : <p className="small why">{outside.missingSinceMs ? `Missing since ${formatAge(Date.now() - outside.missingSinceMs)}` : 'Missing'}: its file is not where it was, and the ring has no copy. Put it back and scan its folder.</p>}
      {places.length === 0 ? null : <div><button type="button" className="button" disabled={isAsked} onClick={() => void copy()}><Icon name="copy" />Copy into the ring</button></div>}
      <Locations asset={asset} />
    </div>
  )
}
