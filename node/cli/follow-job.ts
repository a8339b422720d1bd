import { setTimeout as sleep } from 'node:timers/promises'
import type { JobView } from '#protocols/http.ts'
import type { NodeApi } from './api.ts'
import type { FlagValues } from './flags.ts'
import { bytes, clean, complain, print, progress } from './output.ts'

/** How often a job is asked how far it is, in ms. @default 300 */
export const POLL_MS = 300

/** What a job is when it has ended; `label` stands beside its bar. */
export async function untilEnded(api: NodeApi, started: JobView, label: (job: JobView) => string = ({ step }) => step ?? ''): Promise<JobView> {
  const bar = progress()
  let job = started
  try {
    while (job.endedMs === null) {
      bar.set(job.bytesDone, job.bytesTotal, label(job))
      await sleep(POLL_MS)
      job = await api.get<JobView>(`jobs/${job.id}`)
    }
    return job
  } finally {
    bar.end()
  }
}

/** Until it has ended; what failed is said. */
export async function followJob(api: NodeApi, started: JobView, values: FlagValues): Promise<number> {
  const job = await untilEnded(api, started)
  if (values['json'] === true) print(JSON.stringify(job))
  else print(`${clean(job.title)}: ${job.filesDone - job.refused} of ${job.filesTotal} done, ${bytes(job.bytesDone)}`)
  for (const { path, reason, outcome } of job.results) if (outcome === 'refused') complain(`${clean(path)}: ${clean(reason ?? '')}`)
  if (job.error !== null) complain(clean(job.error))
  return job.state === 'done' ? 0 : 1
}
