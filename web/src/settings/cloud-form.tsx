import { type FormEvent, useState } from 'react'
import type { AlbumView, NewTier, TierView } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { Dialog } from '../design/dialog.tsx'
import { toast } from '../design/toast.tsx'
import { useAct } from '../organise/use-act.ts'

const FRESH = { name: '', place: 's3://', endpoint: '', region: '', mode: 'copy', album: '', moveCopies: 2 } as const satisfies NewTier

interface FormProps {
  /** The one to change; undefined: a new one. */
  readonly tier: TierView | undefined
  readonly albums: readonly AlbumView[]
  readonly onClose: () => void
  readonly onDone: () => void
}

/** A bucket: where it is, of what it holds copies, and whether the ring may give up its own. */
export function CloudForm({ tier, albums, onClose, onDone }: FormProps) {
  const [fields, setFields] = useState<Required<NewTier>>(() => tier === undefined ? FRESH : pick(tier))
  const { busy, why, act } = useAct(onDone)
  const set = (change: Partial<NewTier>): void => setFields({ ...fields, ...change })
  const path = `/tiers/${encodeURIComponent(tier?.id ?? '')}`
  const save = (event: FormEvent): void => {
    event.preventDefault()
    void act(() => tier === undefined ? api.post('/tiers', fields) : api.patch(path, fields))
  }
  const remove = (): Promise<void> => act(async () => {
    await api.remove(path)
    toast(`${tier?.name} is forgotten; what is in the bucket stays there.`)
  })
  return (
    <Dialog title={tier === undefined ? 'Keep copies in a bucket' : `Bucket ${tier.name}`} onClose={onClose}>
      <form className="stack" onSubmit={save}>
        <label><span className="label">Name</span><input className="field" name="name" required autoFocus maxLength={100} value={fields.name} onChange={(event) => set({ name: event.target.value })} /></label>
        <label><span className="label">Bucket, and a folder in it</span><input className="field mono" name="place" required maxLength={300} pattern="s3://.+" placeholder="s3://BUCKET/FOLDER" value={fields.place} onChange={(event) => set({ place: event.target.value })} /></label>
        <label><span className="label">URL of the S3 server; empty: Amazon’s, or what AWS_ENDPOINT_URL says on each node</span><input className="field mono" name="endpoint" type="url" maxLength={300} placeholder="https://s3.example.org" value={fields.endpoint} onChange={(event) => set({ endpoint: event.target.value })} /></label>
        <label><span className="label">Region; empty: what AWS_REGION says on each node</span><input className="field" name="region" maxLength={64} value={fields.region} onChange={(event) => set({ region: event.target.value })} /></label>
        <label><span className="label">Copies of</span><select className="field tier-choice" name="album" value={fields.album} onChange={(event) => set({ album: event.target.value })}><option value="">the whole library</option>{albums.map(({ id, path: words }) => <option key={id} value={id}>album {words}</option>)}</select></label>
        <label><span className="label">The ring’s own copies</span><select className="field tier-choice" name="mode" value={fields.mode} onChange={(event) => set({ mode: event.target.value as TierView['mode'] })}><option value="copy">stay on the ring’s disks</option><option value="move">go when enough buckets hold good ones</option></select></label>
        {fields.mode === 'copy' ? null : <label><span className="label">In how many buckets a good copy must be before they go</span><input className="field" name="moveCopies" type="number" min={1} max={20} required value={fields.moveCopies} onChange={(event) => set({ moveCopies: Number(event.target.value) })} /></label>}
        <p className="small dim">Keys do not belong here: every node takes AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY from its environment.</p>
        {why === '' ? null : <p className="why" role="alert">{why}</p>}
        <div className="row wrap spread">
          {tier === undefined ? <span /> : <button type="button" className="button danger" disabled={busy} onClick={() => void remove()}>Forget this bucket</button>}
          <button type="submit" className="button primary" disabled={busy}>{tier === undefined ? 'Add' : 'Save'}</button>
        </div>
      </form>
    </Dialog>
  )
}

const pick = ({ name, place, endpoint, region, mode, album, moveCopies }: TierView): Required<NewTier> => ({ name, place, endpoint, region, mode, album, moveCopies })
