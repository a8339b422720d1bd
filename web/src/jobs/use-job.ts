import type { JobView } from '#protocols/http.ts'
import { useResource } from '../api/resource.ts'

/** How often a job that a page waits for is looked at, ms. @default 1000 */
const POLL_MS = 1_000

/** One job as it is now; nothing while there is none to look at. */
export function useJob(id: string | undefined): { readonly job: JobView | undefined; readonly refresh: () => void } {
  const { data, refresh } = useResource<JobView>(id === undefined ? null : `/jobs/${encodeURIComponent(id)}`, POLL_MS)
  return { job: data, refresh }
}
