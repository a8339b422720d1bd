import { useState } from 'react'
import type { AlbumList, JobList, TierList, TierView } from '#protocols/http.ts'
import { useResource } from '../api/resource.ts'
import { Command } from '../design/command.tsx'
import { Icon } from '../design/icon.tsx'
import { Failure, Notice } from '../design/notice.tsx'
import { toast } from '../design/toast.tsx'
import { JobCard } from '../jobs/job-card.tsx'
import { CloudAway } from './cloud-away.tsx'
import { CloudForm } from './cloud-form.tsx'
import { CloudTier } from './cloud-tier.tsx'
import '../jobs/jobs.css'
import './cloud.css'

/** How often it is looked how far the buckets are, ms. @default 5000 */
const POLL_MS = 5_000
/** Jobs of the cloud shown. @default 5 */
const SHOWN_JOBS = 5
const KINDS: readonly string[] = ['cloud', 'drill', 'recall']
const ENVIRONMENT = 'AWS_ACCESS_KEY_ID=…\nAWS_SECRET_ACCESS_KEY=…\nAWS_REGION=…         # where the bucket is; us-east-1 when it is not said\nAWS_ENDPOINT_URL=…   # only for buckets that are not Amazon’s and name no server here'

/** Buckets that hold copies of originals: how far they are, and what lies only there. */
export function CloudTab() {
  const { data, error, refresh } = useResource<TierList>('/tiers', POLL_MS)
  const albums = useResource<AlbumList>('/albums').data?.albums ?? []
  const jobs = useResource<JobList>('/jobs', POLL_MS)
  const [editing, setEditing] = useState<TierView | 'new'>()
  const order = (work: Promise<unknown>, said: string): void => {
    work.then(() => { toast(said); refresh(); jobs.refresh() }, (reason: Error) => toast(reason.message, 'bad'))
  }
  const shown = jobs.data?.jobs.filter(({ kind }) => KINDS.includes(kind)).slice(0, SHOWN_JOBS) ?? []
  const add = <button type="button" className="button primary" onClick={() => setEditing('new')}><Icon name="plus" />Add a bucket</button>
  if (error !== undefined && data === undefined) return <Failure title="The buckets cannot be shown" error={error} retry={refresh} />
  return (
    <section className="stack" aria-label="Cloud">
      {data === undefined ? <div className="skeleton tier-skeleton" aria-busy="true" /> : null}
      {data?.tiers.length === 0 ? <Notice icon="server" title="No copies are kept in the cloud" actions={add}>Originals of the library, or of an album, are copied into an S3 bucket, and count there only when they were read back whole.</Notice> : null}
      {data === undefined || data.tiers.length === 0 ? null : <div className="row wrap">{add}</div>}
      <ul className="stack" aria-label="Buckets">
        {data?.tiers.map((tier) => <CloudTier key={tier.id} tier={tier} album={albums.find(({ id }) => id === tier.album)?.path} order={order} edit={() => setEditing(tier)} />)}
      </ul>
      {data !== undefined && data.tiers.some(({ away }) => away > 0) ? <CloudAway order={order} /> : null}
      {shown.length === 0 ? null : <section className="stack"><h2>Under way and lately, on this node</h2><ul className="stack" aria-label="Jobs of the cloud">{shown.map((job) => <JobCard key={job.id} job={job} pace={undefined} onChange={jobs.refresh} />)}</ul></section>}
      <details className="small"><summary>What every node needs in its environment</summary>
        <div className="stack"><p className="dim">Keys are never kept in the ring. Set these where each node is started, and start it again:</p><Command text={ENVIRONMENT} /></div>
      </details>
      {editing === undefined ? null : <CloudForm tier={editing === 'new' ? undefined : editing} albums={albums} onClose={() => setEditing(undefined)} onDone={() => { setEditing(undefined); refresh() }} />}
    </section>
  )
}
