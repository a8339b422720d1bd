import type { JobView } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { formatBytes, plural } from '../design/format.ts'
import { toast } from '../design/toast.tsx'
import { useMay } from '../shell/use-may.ts'

interface Phase { readonly filesDone: number; readonly filesTotal: number; readonly bytesDone: number; readonly bytesTotal: number }

const WORDS: ReadonlyArray<readonly [key: string, name: string]> = [['copy', 'Copy'], ['source', 'Read the card again'], ['readback', 'Read the copies back'], ['replicate', 'Verified copies in the ring']]

/** What the job of an offload says beyond what every job says. */
function phasesOf({ report }: JobView): ReadonlyArray<{ readonly name: string; readonly key: string; readonly at: Phase }> {
  const phases = (report?.['phases'] ?? {}) as Readonly<Record<string, Phase>>
  return WORDS.flatMap(([key, name]) => phases[key] === undefined ? [] : [{ key, name, at: phases[key] }])
}

function PhaseBar({ name, phase, at }: { readonly name: string; readonly phase: string; readonly at: Phase }) {
  const share = at.bytesTotal > 0 ? at.bytesDone / at.bytesTotal : at.filesTotal === 0 ? 1 : at.filesDone / at.filesTotal
  return (
    <li data-phase={phase}>
      <div className="row spread"><span>{name}</span><span className="small dim num">{at.filesDone} of {plural(at.filesTotal, 'file')}{phase === 'replicate' ? '' : `, ${formatBytes(at.bytesDone)} of ${formatBytes(at.bytesTotal)}`}</span></div>
      <div className="bar" role="progressbar" aria-label={name} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(share * 100)}><i style={{ width: `${Math.min(1, share) * 100}%` }} /></div>
    </li>
  )
}

const ORDERS: Readonly<Record<JobView['state'], readonly (readonly [order: string, name: string])[]>> = {
  running: [['pause', 'Pause'], ['cancel', 'Cancel']], paused: [['resume', 'Go on'], ['cancel', 'Cancel']], failed: [['retry', 'Try again']], cancelled: [['retry', 'Try again']], interrupted: [['retry', 'Go on']], done: []
}

/** Each phase with its own progress, and what can be ordered of the job. */
export function Phases({ job, onOrder }: { readonly job: JobView; readonly onOrder: () => void }) {
  const { edit } = useMay()
  const order = async (verb: string): Promise<void> => {
    try {
      await api.post(`/jobs/${encodeURIComponent(job.id)}/${verb}`, {})
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), 'bad')
    }
    onOrder()
  }
  return (
    <div className="stack phases">
      <div className="row spread wrap">
        <span className="dim">{job.endedMs === null ? job.state === 'paused' ? 'Paused' : job.step ?? 'Begins' : ''}</span>
        {edit ? <span className="row">{ORDERS[job.state].map(([verb, name]) => <button key={verb} type="button" className="button" onClick={() => void order(verb)}>{name}</button>)}</span> : null}
      </div>
      <ul className="stack">{phasesOf(job).map(({ key, name, at }) => <PhaseBar key={key} phase={key} name={name} at={at} />)}</ul>
      {job.error === null ? null : <p className="why" role="alert">{job.error}</p>}
    </div>
  )
}

/** The newest job of a roll. */
export const jobOfRoll = (jobs: readonly JobView[] | undefined, id: string): JobView | undefined => jobs?.find(({ kind, report }) => kind === 'offload' && report?.['roll'] === id)
