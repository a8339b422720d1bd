import type { DerivedList } from '#protocols/http.ts'
import { useResource } from '../api/resource.ts'

const NAMES: Readonly<Record<string, string>> = { metadata: 'Metadata', look: 'Look', preview: 'Picture for browsers', still: 'Large still', sprite: 'Scrub pictures', waveform: 'Waveform', proxy: 'Proxy for browsers', sound: 'Sound' }

const wordsOf = ({ state, node, reason }: DerivedList['derived'][number]): string =>
  state === 'made' ? 'made' : state === 'failed' ? reason ?? 'failed' : state === 'elsewhere' ? `${node} makes it` : 'in the background'

/** What is made of the original, and why something is not there yet. */
export function Derived({ id }: { readonly id: string }) {
  const { data } = useResource<DerivedList>(`/assets/${encodeURIComponent(id)}/derived`)
  if (data === undefined) return null
  return (
    <ul className="small derived">
      {data.derived.map((file) => (
        <li key={file.name} className="row spread"><span>{NAMES[file.name] ?? file.name}</span><span className={file.state === 'failed' ? 'why' : 'dim'}>{wordsOf(file)}</span></li>
      ))}
    </ul>
  )
}
