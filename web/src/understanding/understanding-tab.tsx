import { Link } from 'wouter'
import type { UnderstandingChange, UnderstandingView } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { put, useResource } from '../api/resource.ts'
import { formatAge } from '../design/format.ts'
import { Failure } from '../design/notice.tsx'
import { CoverageLine } from '../moments/coverage-line.tsx'
import { FacesConsent } from './faces-consent.tsx'
import { TasksTable } from './tasks-table.tsx'
import { Vocabulary } from './vocabulary.tsx'
import './understanding.css'

const PATH = '/understanding'
/** How often it is looked again, ms. @default 5000 */
const POLL_MS = 5000

/** What of the library is understood, by what, and why something is not; and what people decide about it. */
export function UnderstandingTab() {
  const { data, error, refresh } = useResource<UnderstandingView>(PATH, POLL_MS)
  if (data === undefined && error !== undefined) return <Failure title="It cannot be shown what is understood" error={error} retry={refresh} />
  if (data === undefined) return <div className="skeleton understanding-skeleton" aria-busy="true" />
  const change = async (change: UnderstandingChange): Promise<void> => {
    await api.put(PATH, change)
    put<UnderstandingView>(PATH, { ...data, ...change })
    refresh()
  }
  return (
    <div className="stack understanding">
      <section className="card panel" aria-labelledby="coverage">
        <div className="row spread wrap"><h2 id="coverage">How much is understood</h2><span className="small dim num">{data.updatedAtMs === 0 ? '' : `counted ${formatAge(Date.now() - data.updatedAtMs)} ago`}</span></div>
        <div className="bar" role="progressbar" aria-label="Understood" aria-valuemin={0} aria-valuemax={100} aria-valuenow={share(data)}><i style={{ width: `${share(data)}%` }} /></div>
        <CoverageLine coverage={data.coverage} />
        <TasksTable tasks={data.tasks} />
        <p className="small">Models are fetched, checked and chosen in <Link href="/settings/models">Models</Link>; what is under way is among the <Link href="/jobs">jobs</Link>.</p>
      </section>
      <FacesConsent faces={data.faces} change={change} />
      <Vocabulary words={data.vocabulary} change={change} />
    </div>
  )
}

const share = ({ coverage: { understoodMs, totalMs } }: UnderstandingView): number => totalMs === 0 ? 0 : Math.min(100, Math.round(understoodMs / totalMs * 100))
