import type { FolderView } from '#protocols/http.ts'
import { formatAge, plural } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'

interface FolderCardProps {
  readonly folder: FolderView
  readonly scan: () => void
  readonly edit: () => void
  readonly remove: () => void
}

function standing({ here, node, isThere, lastLookMs, files, missing }: FolderView): string {
  if (!here) return `read by ${node}: change it on its page`
  if (isThere === false) return 'away'
  if (lastLookMs === null) return 'not looked at since this node started'
  return `${plural(files ?? 0, 'file')}${missing !== null && missing > 0 ? `, ${missing} missing` : ''}, looked at ${formatAge(Date.now() - lastLookMs)} ago`
}

/** One folder: where it is, what becomes of its files, and whether it can be seen. */
export function FolderCard({ folder, scan, edit, remove }: FolderCardProps) {
  const { path, mode, watch, include, exclude, here, note, isThere, node } = folder
  return (
    <li className="card folder" data-folder={path}>
      <div className="row spread wrap">
        <span className="row cut"><span className={`dot ${isThere === null ? '' : isThere ? 'ok' : 'bad'}`} /><strong className="cut mono" title={path}>{path}</strong></span>
        <span className="row wrap"><span className="badge">{node}</span><span className="badge">{mode === 'reference' ? 'files stay here' : 'copied into the ring'}</span>{watch ? <span className="badge">watched</span> : null}</span>
      </div>
      <p className="small dim num">{standing(folder)}{include.length === 0 ? '' : ` · only ${include.join(', ')}`}{exclude.length === 0 ? '' : ` · without ${exclude.join(', ')}`}</p>
      {note === null ? null : <p className={`small ${isThere === false ? 'why' : 'dim'}`}>{note}</p>}
      {here ? (
        <div className="row wrap">
          <button type="button" className="button" onClick={scan}><Icon name="search" />Scan now</button>
          <button type="button" className="button quiet" onClick={edit}>Change…</button>
          <button type="button" className="button quiet" onClick={remove}><Icon name="trash" />Remove</button>
        </div>
      ) : null}
    </li>
  )
}
