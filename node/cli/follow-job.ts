import { setTimeout as sleep } from 'node:timers/promises'
import type { JobView } from '#protocols/http.ts'
import type { NodeApi } from './api.ts'
import type { FlagValues } from './flags.ts'
import { bytes, clean, complain, print, progress } from './output.ts'

/** How often a job is asked how far it is, in ms. @default 500 */
export const JOB_POLL_MS = 500

/** Until it has ended; what failed is said. */
export async function followJob(api: NodeApi, started: JobView, values: FlagValues): Promise<number> {
  const bar = progress()
  let job = started
  try {
    while (job.endedMs === null) {
      bar.set(job.bytesDone, Math.max(job.bytesTotal, 1), job.step ?? '')
      await sleep(JOB_POLL_MS)
      job = await api.get<JobView>(`jobs/${job.id}`)
    }
  } finally {
    bar.end()
  }
  if (values['json'] === true) print(JSON.stringify(job))
  else print(`${clean(job.title)}: ${job.filesDone - job.refused} of ${job.filesTotal} done, ${bytes(job.bytesDone)}`)
  for (const { path, reason, outcome } of job.results) if (outcome === 'refused') complain(`${clean(path)}: ${clean(reason ?? '')}`)
  if (job.error !== null) complain(clean(job.error))
  return job.state === 'done' ? 0 : 1
}
