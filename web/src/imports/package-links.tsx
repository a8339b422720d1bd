import { API, queryOf } from '../api/client.ts'
import { Icon } from '../design/icon.tsx'
import { FORMATS } from './package-file.ts'

interface LinksProps {
  readonly album?: string
  readonly batch?: string
}

/** Downloads of what people gave these clips, in each format. */
export function PackageLinks(query: LinksProps) {
  return (
    <div className="row wrap" role="group" aria-label="Metadata package">
      {FORMATS.map(([format, name]) => <a key={format} className="button" href={`${API}/packages${queryOf({ format, ...query })}`} download><Icon name="download" />{name}</a>)}
    </div>
  )
}
