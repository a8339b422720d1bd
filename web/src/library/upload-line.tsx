import { Link } from 'wouter'
import { formatBytes } from '../design/format.ts'
import { uploadQueue } from './upload-queue.ts'
import { isUnfinished, type Upload } from './upload-view.ts'

const WORDS: Record<Upload['state'], string> = {
  waiting: 'waiting', hashing: 'being hashed', sending: 'sending', storing: 'all there; being looked at', paused: 'paused', imported: 'added', known: 'already in the library', refused: 'refused', failed: 'not sent'
}

/** How far it is in what it does now, 0..1; undefined when that has no measure. */
function shareOf({ state, hashed, sent, size }: Upload): number | undefined {
  if (state === 'hashing') return hashed / Math.max(1, size)
  return state === 'sending' || (state === 'paused' && sent > 0) ? sent / Math.max(1, size) : undefined
}

/** One file of the panel. */
export function UploadLine({ upload }: { readonly upload: Upload }) {
  const { id, path, size, state, sent, node, reason, assetId } = upload
  const isBad = state === 'refused' || state === 'failed'
  const share = shareOf(upload)
  const words = reason !== '' ? reason : node === '' ? WORDS[state] : `${WORDS[state]} to ${node}: this page's node does not answer`
  return (
    <li className={`upload ${isBad ? 'bad' : ''}`} data-state={state}>
      <div className="row spread">
        {assetId === null ? <span className="cut" title={path}>{path}</span> : <Link className="cut" href={`/library/${encodeURIComponent(assetId)}`} title={path}>{path}</Link>}
        <span className="small dim num upload-size">{sent > 0 && isUnfinished(upload) ? `${formatBytes(sent)} of ` : ''}{formatBytes(size)}</span>
      </div>
      {share === undefined ? null : <div className={`bar ${state === 'hashing' ? 'faint' : ''}`} role="progressbar" aria-label={path} aria-valuenow={Math.round(share * 100)}><i style={{ width: `${share * 100}%` }} /></div>}
      <div className="row spread small">
        <span className={isBad ? 'why' : 'dim'}>{words}</span>
        <span className="row">
          {state === 'waiting' || state === 'hashing' || state === 'sending' ? <button type="button" className="button quiet" aria-label={`Pause ${path}`} onClick={() => uploadQueue.pause(id)}>Pause</button> : null}
          {state === 'paused' ? <button type="button" className="button quiet" aria-label={`Go on with ${path}`} onClick={() => uploadQueue.resume(id)}>Go on</button> : null}
          {isUnfinished(upload) && state !== 'storing' ? <button type="button" className="button quiet" aria-label={`Cancel ${path}`} onClick={() => uploadQueue.cancel(id)}>Cancel</button> : null}
          {state === 'failed' ? <button type="button" className="button quiet" aria-label={`Retry ${path}`} onClick={() => uploadQueue.retry(id)}>Retry</button> : null}
        </span>
      </div>
    </li>
  )
}
