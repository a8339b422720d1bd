import type { JobView, NewTake } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { toast } from '../design/toast.tsx'

/** Recordings of one take, at most. */
const MOST = 60

/** Puts the selected clips in step, as a job. */
export function PutInStep({ ids }: { readonly ids: readonly string[] }) {
  if (ids.length < 2 || ids.length > MOST) return null
  const act = (): void => {
    api.post<JobView>('/takes', { assets: [...ids] } satisfies NewTake).then(({ title }) => toast(`${title}: its recordings are being put in step. Jobs shows how far that is, Takes what comes of it.`), (error: Error) => toast(error.message, 'bad'))
  }
  return <button type="button" className="button" onClick={act}>Put in step</button>
}
