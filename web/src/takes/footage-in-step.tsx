import type { JobView, MoreAngles, NewTake, TakeList } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { useResource } from '../api/resource.ts'
import { toast } from '../design/toast.tsx'
import type { Range } from '../recordings/timeline-math.ts'
import { useMay, useUnlimited } from '../shell/use-may.ts'

/** Footage of a camera in a take, at most, ms. */
const MOST_MS = 21_600_000
const WITH_EACH_OTHER = '.'

/** Puts a range of cameras in step with the recordings of a take, or several cameras with each other, as a job. */
export function FootageInStep({ cameras, range }: { readonly cameras: readonly { readonly id: string }[]; readonly range: Range }) {
  const { edit } = useMay()
  const { data } = useResource<TakeList>(useUnlimited('/takes'))
  const takes = data?.takes ?? []
  if (!edit || range.toMs - range.fromMs > MOST_MS || (takes.length === 0 && cameras.length < 2)) return null
  const act = (take: string): void => {
    const footage = cameras.map(({ id }) => ({ camera: id, fromMs: Math.floor(range.fromMs), toMs: Math.ceil(range.toMs) }))
    const asked = take === WITH_EACH_OTHER ? api.post<JobView>('/takes', { footage } satisfies NewTake) : api.post<JobView>(`/takes/${encodeURIComponent(take)}/angles`, { footage } satisfies MoreAngles)
    asked.then(({ title }) => toast(`${title}: the range is being put in step. Jobs shows how far that is, Takes what comes of it.`), (error: Error) => toast(error.message, 'bad'))
  }
  return (
    <select className="field" aria-label="Put the range in step" value="" onChange={({ target }) => act(target.value)}>
      <option value="" disabled>Put in step…</option>
      {cameras.length < 2 ? null : <option value={WITH_EACH_OTHER}>With each other</option>}
      {takes.map(({ id, name }) => <option key={id} value={id}>With {name}</option>)}
    </select>
  )
}
