import { type ReactNode, useState } from 'react'
import type { AssetDetail, CloudLink, JobView, TierList } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { refetch, useResource } from '../api/resource.ts'
import { Command } from '../design/command.tsx'
import { formatBytes, formatMoment } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { useJob } from '../jobs/use-job.ts'
import { useAct } from '../organise/use-act.ts'
import { useMay } from '../shell/use-may.ts'

/** How often it is looked whether any bucket is there; the answer counts the whole library. @default 600000 */
const TIERS_POLL_MS = 600_000

/** A link that downloads the original from the bucket itself. */
function BucketLink({ id, name }: { readonly id: string; readonly name: string }) {
  const [link, setLink] = useState<CloudLink>()
  const { busy, why, act } = useAct(() => undefined)
  const ask = (): Promise<void> => act(async () => setLink(await api.get<CloudLink>(`/assets/${encodeURIComponent(id)}/link`)))
  return (
    <div className="stack">
      <div className="row wrap">
        <button type="button" className="button" disabled={busy} onClick={() => void ask()}><Icon name="link" />Link from the bucket</button>
        {link === undefined ? null : <a className="button" href={link.url} download={name} rel="noreferrer"><Icon name="download" />Download from there</a>}
      </div>
      {why === '' ? null : <p className="small dim" role="alert">{why}</p>}
      {link === undefined ? null : <><p className="small dim">Whoever has it may download the original until {formatMoment(link.expiresAtMs)}.</p><Command text={link.url} /></>}
    </div>
  )
}

/** The way back onto the ring's disks, and how far it is. */
function Recall({ asset: { id, size } }: { readonly asset: AssetDetail }) {
  const [jobId, setJobId] = useState<string>()
  const { job } = useJob(jobId)
  const { busy, why, act } = useAct(() => refetch(`/assets/${encodeURIComponent(id)}`))
  const isOnItsWay = jobId !== undefined && (job === undefined || job.endedMs === null || job.state === 'done')
  const recall = (): Promise<void> => act(async () => setJobId((await api.post<JobView>(`/assets/${encodeURIComponent(id)}/recall`, {})).id))
  return (
    <>
      <div><button type="button" className="button" disabled={busy || isOnItsWay} onClick={() => void recall()}><Icon name="download" />Bring it back ({formatBytes(size)})</button></div>
      {isOnItsWay ? <p className="small" role="status">It is on its way onto the ring’s disks: {formatBytes(job?.bytesDone ?? 0)} of {formatBytes(size)}.</p> : null}
      {why === '' && (job?.error ?? null) === null ? null : <p className="small why" role="alert">{why || job?.error}</p>}
    </>
  )
}

/** Where its copies are: on the ring's disks, as `children` say, or in the cloud only. */
export function CloudCopy({ asset, children }: { readonly asset: AssetDetail; readonly children: ReactNode }) {
  const { administer } = useMay()
  const tiers = useResource<TierList>(administer && asset.away !== true ? '/tiers' : null, TIERS_POLL_MS).data?.tiers ?? []
  if (asset.away !== true) return <>{children}{tiers.some(({ held }) => held > 0) ? <BucketLink id={asset.id} name={asset.name} /> : null}</>
  return (
    <div className="stack">
      <p className="small warn-text">In the cloud only: no disk of the ring has its bytes. It plays and downloads as before, out of a bucket, and not while that cannot be reached.</p>
      {administer ? <Recall asset={asset} /> : null}
      <BucketLink id={asset.id} name={asset.name} />
    </div>
  )
}
