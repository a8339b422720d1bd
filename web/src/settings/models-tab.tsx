import type { JobList, ModelList } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { put, useResource } from '../api/resource.ts'
import { Command } from '../design/command.tsx'
import { Failure } from '../design/notice.tsx'
import { toast } from '../design/toast.tsx'
import { JobCard } from '../jobs/job-card.tsx'
import { ModelCard } from './model-card.tsx'
import { ModelTask } from './model-task.tsx'
import '../jobs/jobs.css'
import './models.css'

/** How often it is looked how far the models are, ms. @default 2000 */
const POLL_MS = 2_000
/** Jobs of models shown. @default 3 */
const SHOWN_JOBS = 3
const SOURCES = 'thatdam node … --models FOLDER        # FOLDER/ORGANISATION/NAME/…, only read\nthatdam node … --model-mirror URL     # a server laid out as the hub is\nthatdam node … --model-hub none       # nothing from outside the ring'

/** What the ring understands, by which model, and which models are on this node. */
export function ModelsTab() {
  const { data, error, refresh } = useResource<ModelList>('/models', POLL_MS)
  const jobs = useResource<JobList>('/jobs', POLL_MS)
  const order = (work: Promise<unknown>, said: string): void => {
    work.then(() => { toast(said); refresh(); jobs.refresh() }, (reason: Error) => toast(reason.message, 'bad'))
  }
  const use = (task: string, model: string | null): void => order(api.put<ModelList>('/models/use', { task, model }).then(({ answer }) => put('/models', answer)), model === null ? 'Turned off in the whole ring.' : 'Used in the whole ring from now on.')
  const shown = jobs.data?.jobs.filter(({ kind }) => kind === 'models').slice(0, SHOWN_JOBS) ?? []
  if (data === undefined) return error === undefined ? <div className="skeleton tier-skeleton" aria-busy="true" /> : <Failure title="The models cannot be shown" error={error} retry={refresh} />
  return (
    <section className="stack" aria-label="Models">
      <p className="dim">Everything is understood on your own machines: nothing is sent anywhere. A model is fetched once; other nodes take it from the ring.</p>
      <Filling list={data} />
      <h2>What is understood</h2>
      <ul className="stack" aria-label="What is understood">{data.tasks.map((task) => <ModelTask key={task.task} task={task} models={data.models} use={use} />)}</ul>
      <h2>Models on this node</h2>
      <ul className="model-grid" aria-label="Models on this node">{data.models.map((model) => <ModelCard key={model.id} model={model} order={order} />)}</ul>
      {shown.length === 0 ? null : <section className="stack"><h2>Under way and lately</h2><ul className="stack" aria-label="Jobs of models">{shown.map((job) => <JobCard key={job.id} job={job} pace={undefined} onChange={() => { jobs.refresh(); refresh() }} />)}</ul></section>}
      <details className="small"><summary>Where models come from</summary>
        <div className="stack"><p className="dim">With the program, from a folder of yours, from another node of the ring, from a mirror, from the hub: in this order. Each file is held to its hash.</p><Command text={SOURCES} /></div>
      </details>
    </section>
  )
}

/** While the model of pictures is changed. */
function Filling({ list: { spaces: { searched, filling }, models } }: { readonly list: ModelList }) {
  if (filling === null) return null
  const named = (space: string | null): string => models.find((model) => model.space === space)?.title ?? 'the model before'
  return <p className="card model-filling" role="status">Pictures are being looked at anew with {named(filling)}. Until it has seen more of them, searches go on with {named(searched)}.</p>
}
