import { useEffect, useState } from 'react'
import type { BatchUndo, BatchView } from '#protocols/http.ts'
import { api, MANY_TIMEOUT_MS } from '../api/client.ts'
import { refetch } from '../api/resource.ts'
import { Dialog } from '../design/dialog.tsx'
import { plural } from '../design/format.ts'
import { toast } from '../design/toast.tsx'
import { wayBack } from '../organise/undo.ts'
import { useAct } from '../organise/use-act.ts'

/** What an import's undo leaves alone, and why. */
function Left({ left, leftCount }: Pick<BatchUndo, 'left' | 'leftCount'>) {
  if (leftCount === 0) return null
  return (
    <details className="small" open={left.length <= 5}>
      <summary>{plural(leftCount, 'clip')} left alone</summary>
      <ul className="stack">{left.map(({ id, name, reason }) => <li key={id}><span className="path">{name}</span>: <span className="dim">{reason}</span></li>)}</ul>
      {leftCount > left.length ? <p className="dim">and {(leftCount - left.length).toLocaleString('en')} more</p> : null}
    </details>
  )
}

/** Says what taking an import back would do, and does it. */
export function UndoDialog({ batch: { id, name }, onClose }: { readonly batch: BatchView; readonly onClose: () => void }) {
  const path = `/batches/${encodeURIComponent(id)}`
  const [plan, setPlan] = useState<BatchUndo>()
  const [done, setDone] = useState(false)
  const { busy, why, act } = useAct(() => undefined)
  useEffect(() => { void act(async () => setPlan(await api.post<BatchUndo>(`${path}/undo`, { dryRun: true }, MANY_TIMEOUT_MS))) }, [path]) // asked once, when it opens
  const takeBack = (): Promise<void> => act(async () => {
    const { trashed, leftCount, undo: step } = await api.post<BatchUndo>(`${path}/undo`, {}, MANY_TIMEOUT_MS)
    setDone(true)
    for (const each of [path, '/batches']) refetch(each)
    toast(`${plural(trashed, 'clip')} went into the trash${leftCount === 0 ? '' : `, ${plural(leftCount, 'clip')} left alone`}.`, 'plain', wayBack(step))
    onClose()
  })
  return (
    <Dialog title="Take this import back?" onClose={onClose}>
      <p>What {name} brought in and nobody edited since goes into the trash, from where it can be restored.</p>
      {plan === undefined ? why === '' ? <p className="small dim" role="status">It is counted…</p> : null : (
        <div className="stack" role="status">
          <p><strong>{plan.trashed === 0 ? 'Nothing of it would go.' : `${plural(plan.trashed, 'clip')} would go into the trash.`}</strong></p>
          <Left left={plan.left} leftCount={plan.leftCount} />
        </div>
      )}
      {why === '' ? null : <p className="why" role="alert">{why}</p>}
      <div className="row wrap end">
        <button type="button" className="button" autoFocus onClick={onClose}>Keep it</button>
        <button type="button" className="button danger" disabled={busy || done || plan === undefined || plan.trashed === 0} onClick={() => void takeBack()}>Take it back</button>
      </div>
    </Dialog>
  )
}
