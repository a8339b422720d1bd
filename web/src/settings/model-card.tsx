import type { ModelView } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { formatBytes } from '../design/format.ts'
import { nameOfTask } from './model-task.tsx'

type Order = (work: Promise<unknown>, said: string) => void

const WHERE = { package: 'comes with the program', hub: 'is fetched', own: 'by your own manifest' } as const

/** One model: whether it is here, where else it is, and what can be done about it. */
export function ModelCard({ model, order }: { readonly model: ModelView; readonly order: Order }) {
  const { id, title, tasks, state, reason, licence, dtype, repository, origin } = model
  const path = `/models/${encodeURIComponent(id)}`
  return (
    <li className="card model" data-model={id}>
      <div className="row spread"><strong className="cut" title={title}>{title}</strong><span className={`badge model-${state}`}>{wordOf(model)}</span></div>
      {state === 'fetching' ? <Progress model={model} /> : null}
      {reason === null ? null : <p className="small why" role="note">{reason}</p>}
      <p className="small">{tasks.map(nameOfTask).join(', ')}</p>
      <p className="small dim">{licence} · {dtype} · {WHERE[origin]}{repository === null ? '' : <> · <code className="path">{repository}</code></>}</p>
      <p className="small dim">{elsewhere(model)}</p>
      <div className="row wrap">
        {state === 'absent' || state === 'corrupt' ? <button type="button" className="button" disabled={origin === 'package'} onClick={() => order(api.post(`${path}/pull`, {}), `${title} is being fetched.`)}>{state === 'absent' ? 'Fetch' : 'Fetch again'}</button> : null}
        {state === 'ready' && origin !== 'package' && !model.inRing ? <button type="button" className="button" onClick={() => order(api.post(`${path}/pull`, {}), `${title} is being put into the ring.`)}>Put into the ring</button> : null}
        {state === 'ready' || state === 'corrupt' ? <button type="button" className="button quiet" onClick={() => order(api.post(`${path}/verify`, {}), `${title} is being checked.`)}>Check</button> : null}
      </div>
    </li>
  )
}

const elsewhere = ({ origin, nodes, inRing }: ModelView): string =>
  origin === 'package' ? 'On every node' : nodes.length > 0 ? `Also on ${nodes.join(', ')}` : inRing ? 'Its files lie in the ring' : 'On no other node'

function wordOf({ state, bytes }: ModelView): string {
  if (state === 'ready') return `ready, ${formatBytes(bytes ?? 0)}`
  return state === 'corrupt' ? 'damaged' : state
}

function Progress({ model: { title, bytesDone, bytesTotal, from } }: { readonly model: ModelView }) {
  const share = bytesTotal === null || bytesTotal === 0 ? undefined : Math.min(1, (bytesDone ?? 0) / bytesTotal)
  return (
    <>
      <div className="bar" role="progressbar" aria-label={`How far ${title} is`} aria-valuemin={0} aria-valuemax={100} {...share !== undefined && { 'aria-valuenow': Math.round(share * 100) }}><i style={{ width: `${(share ?? 0) * 100}%` }} /></div>
      <p className="small num">{formatBytes(bytesDone ?? 0)}{bytesTotal === null ? '' : ` of ${formatBytes(bytesTotal)}`}{from === null || from === '' ? '' : ` from ${from}`}</p>
    </>
  )
}
