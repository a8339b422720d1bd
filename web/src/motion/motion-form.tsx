import { type FormEvent, useEffect, useState } from 'react'
import type { JobView, MotionRequest } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { useResource } from '../api/resource.ts'
import { useAct } from '../organise/use-act.ts'
import { AreasList } from './areas-list.tsx'
import { Sensitivity } from './sensitivity.tsx'
import type { Sketch } from './sketch.ts'

/** How often it is asked how far it is, ms. @default 1000 */
const POLL_MS = 1_000

interface FormProps {
  readonly id: string
  readonly sketch: Sketch
  readonly onSketch: (change: (sketch: Sketch) => Sketch) => void
  /** As it was looked for last. */
  readonly options: MotionRequest | undefined
  readonly onFound: () => void
}

/** Says how to look, begins it, and shows how far it is. */
export function MotionForm({ id, sketch, onSketch, options, onFound }: FormProps) {
  const [sensitivity, setSensitivity] = useState(options?.sensitivity ?? 50)
  const [features, setFeatures] = useState(options?.features ?? false)
  const [jobId, setJobId] = useState<string>()
  const { data: job } = useResource<JobView>(jobId === undefined ? null : `/assets/${encodeURIComponent(id)}/motion/jobs/${encodeURIComponent(jobId)}`, POLL_MS)
  const { busy, why, act } = useAct(() => undefined)
  const isRunning = jobId !== undefined && (job === undefined || job.endedMs === null)
  useEffect(() => { if (job !== undefined && job.endedMs !== null) onFound() }, [job?.endedMs])
  const run = (event: FormEvent): void => {
    event.preventDefault()
    const { masks, zones } = sketch
    void act(async () => setJobId((await api.post<JobView>(`/assets/${encodeURIComponent(id)}/motion`, { masks, zones, sensitivity, features })).id))
  }
  const share = job === undefined || job.bytesTotal === 0 ? 0 : job.bytesDone / job.bytesTotal
  return (
    <form className="stack" onSubmit={run}>
      <AreasList sketch={sketch} onChange={onSketch} />
      <Sensitivity value={sensitivity} change={setSensitivity} />
      <div className="checks"><label><input type="checkbox" checked={features} onChange={(event) => setFeatures(event.target.checked)} />Follow single points as well, for match-moving (takes longer)</label></div>
      <div className="row wrap">
        <button className="button primary" disabled={busy || isRunning || sketch.drawing !== undefined}>{options === undefined ? 'Look for motion' : 'Look again'}</button>
        {isRunning ? <span className="small" role="status">Looking: {Math.round(share * 100)} %</span> : null}
      </div>
      {why === '' && (job?.error ?? null) === null ? null : <p className="small why" role="alert">{why || job?.error}</p>}
    </form>
  )
}
