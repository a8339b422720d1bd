import { useEffect, useState, useSyncExternalStore } from 'react'
import { formatAge, formatBytes, plural } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { UploadLine } from './upload-line.tsx'
import { unfinished } from './upload-memory.ts'
import { uploadQueue } from './upload-queue.ts'
import type { Upload, UploadView } from './upload-view.ts'

/** Lines shown at once; the sums above them count every file. @default 200 */
const SHOWN = 200
/** Names of earlier files shown at once. @default 3 */
const NAMED = 3

const ORDER: Record<Upload['state'], number> = { refused: 0, failed: 0, sending: 1, storing: 1, hashing: 1, paused: 2, waiting: 3, imported: 4, known: 4 }

/** `1.2 MB/s, 3 min left`. */
function pace({ bytes, sentBytes, bytesPerSecond }: UploadView): string {
  if (bytesPerSecond <= 0) return ''
  return ` · ${formatBytes(bytesPerSecond)}/s, ${formatAge((bytes - sentBytes) / bytesPerSecond * 1_000)} left`
}

/** What an earlier visit left unfinished: given again, it goes on. */
function Earlier() {
  const left = useSyncExternalStore(unfinished.subscribe, unfinished.get)
  if (left.length === 0) return null
  const names = left.slice(-NAMED).map(({ path }) => path.split('/').at(-1)).join(', ')
  return (
    <section className="uploads" aria-label="Unfinished uploads">
      <div className="uploads-head">
        <div className="row spread">
          <strong>{plural(left.length, 'file')} not finished</strong>
          <button type="button" className="button quiet icon" aria-label="Forget unfinished uploads" onClick={() => unfinished.set([])}><Icon name="close" /></button>
        </div>
        <p className="small dim">Add the same files again and they go on where they were: {names}{left.length > NAMED ? '…' : ''}</p>
      </div>
    </section>
  )
}

function Orders({ view }: { readonly view: UploadView }) {
  if (!view.busy) return <button type="button" className="button quiet icon" aria-label="Close uploads" onClick={() => uploadQueue.clear()}><Icon name="close" /></button>
  const isPaused = view.paused === view.files - view.finished
  return (
    <>
      {isPaused
        ? <button type="button" className="button quiet" onClick={() => uploadQueue.resume()}>Go on with all</button>
        : <button type="button" className="button quiet" onClick={() => uploadQueue.pause()}>Pause all</button>}
      <button type="button" className="button quiet" onClick={() => uploadQueue.cancel()}>Stop</button>
    </>
  )
}

/** The corner that tells how the uploads are going; appears with the first file, or with what was left unfinished. */
export function UploadPanel() {
  const view = useSyncExternalStore(uploadQueue.view.subscribe, uploadQueue.view.get)
  const [open, setOpen] = useState(true)
  useEffect(() => {
    if (!view.busy) return
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault()
    window.addEventListener('beforeunload', warn)
    return () => window.removeEventListener('beforeunload', warn)
  }, [view.busy])
  if (view.files === 0) return <Earlier />
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
            <Orders view={view} />
          </div>
        </div>
        <div className={`bar ${view.troubled > 0 ? 'warn' : ''}`} role="progressbar" aria-label="All uploads" aria-valuenow={Math.round(share * 100)}><i style={{ width: `${share * 100}%` }} /></div>
        <div className="row spread small dim num">
          <span>{view.finished} of {view.files} · {formatBytes(view.sentBytes)} of {formatBytes(view.bytes)}{pace(view)}</span>
          {view.troubled > 0 ? <span className="why">{view.troubled} not added</span> : null}
        </div>
        {failed > 0 && !view.busy ? <button type="button" className="button" onClick={() => uploadQueue.retry()}>Retry {plural(failed, 'file')}</button> : null}
      </div>
      {open ? <ul>{lines.map((upload) => <UploadLine key={upload.id} upload={upload} />)}{view.files > SHOWN ? <li className="upload small dim">and {view.files - SHOWN} more</li> : null}</ul> : null}
    </section>
  )
}
