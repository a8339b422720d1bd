import { useEffect, useState, useSyncExternalStore } from 'react'
import { Link } from 'wouter'
import { formatBytes, plural } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { type Upload, uploadQueue } from './upload-queue.ts'

/** Lines shown at once; the sums above them count every file. @default 200 */
const SHOWN = 200

const WORDS: Record<Upload['state'], string> = { waiting: 'waiting', sending: 'sending', storing: 'being copied into the ring', imported: 'added', known: 'already in the library', refused: 'refused', failed: 'not sent' }
const ORDER: Record<Upload['state'], number> = { refused: 0, failed: 0, sending: 1, storing: 1, waiting: 2, imported: 3, known: 3 }

function Line({ upload }: { readonly upload: Upload }) {
  const { id, path, size, state, sent, reason, assetId } = upload
  const isBad = state === 'refused' || state === 'failed'
  return (
    <li className={`upload ${isBad ? 'bad' : ''}`}>
      <div className="row spread">
        {assetId === null ? <span className="cut" title={path}>{path}</span> : <Link className="cut" href={`/library/${encodeURIComponent(assetId)}`} title={path}>{path}</Link>}
        <span className="small dim num">{formatBytes(size)}</span>
      </div>
      {state === 'sending' ? <div className="bar" role="progressbar" aria-label={path} aria-valuenow={Math.round(sent / Math.max(1, size) * 100)}><i style={{ width: `${sent / Math.max(1, size) * 100}%` }} /></div> : null}
      <div className="row spread small">
        <span className={isBad ? 'why' : 'dim'}>{isBad && reason !== '' ? reason : WORDS[state]}</span>
        {state === 'failed' ? <button type="button" className="button quiet" onClick={() => uploadQueue.retry(id)}>Retry</button> : null}
      </div>
    </li>
  )
}

/** The corner that tells how the uploads are going; appears with the first file. */
export function UploadPanel() {
  const view = useSyncExternalStore(uploadQueue.view.subscribe, uploadQueue.view.get)
  const [open, setOpen] = useState(true)
  useEffect(() => {
    if (!view.busy) return
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault()
    window.addEventListener('beforeunload', warn)
    return () => window.removeEventListener('beforeunload', warn)
  }, [view.busy])
  if (view.files === 0) return null
  const share = view.bytes === 0 ? view.finished / view.files : view.sentBytes / view.bytes
  const lines = [...view.uploads].sort((a, b) => ORDER[a.state] - ORDER[b.state]).slice(0, SHOWN)
  const failed = view.uploads.filter(({ state }) => state === 'failed').length
  return (
    <section className="uploads" aria-label="Uploads">
      <div className="uploads-head">
        <div className="row spread">
          <strong className="cut">{view.busy ? `Adding ${plural(view.files, 'file')}` : `${plural(view.files, 'file')} done`}</strong>
          <div className="row">
            <button type="button" className="button quiet" aria-expanded={open} onClick={() => setOpen(!open)}>{open ? 'Fold' : 'Show'}</button>
            {view.busy
              ? <button type="button" className="button quiet" onClick={() => uploadQueue.cancel()}>Stop</button>
              : <button type="button" className="button quiet icon" aria-label="Close uploads" onClick={() => uploadQueue.clear()}><Icon name="close" /></button>}
          </div>
        </div>
        <div className={`bar ${view.troubled > 0 ? 'warn' : ''}`} role="progressbar" aria-label="All uploads" aria-valuenow={Math.round(share * 100)}><i style={{ width: `${share * 100}%` }} /></div>
        <div className="row spread small dim num">
          <span>{view.finished} of {view.files} · {formatBytes(view.sentBytes)} of {formatBytes(view.bytes)}</span>
          {view.troubled > 0 ? <span className="why">{view.troubled} not added</span> : null}
        </div>
        {failed > 0 && !view.busy ? <button type="button" className="button" onClick={() => uploadQueue.retry()}>Retry {plural(failed, 'file')}</button> : null}
      </div>
      {open ? <ul>{lines.map((upload) => <Line key={upload.id} upload={upload} />)}{view.files > SHOWN ? <li className="upload small dim">and {view.files - SHOWN} more</li> : null}</ul> : null}
    </section>
  )
}
