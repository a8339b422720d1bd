import type { JobView } from '#protocols/http.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { ActionOptions } from './actions.ts'

/** Resolves when the job has ended, however. Who waits no longer cancels it. @throws the signal's reason */
export function endedJob(jobs: Pick<Jobs, 'find' | 'changed' | 'cancel'>, id: string, { signal, onStep }: ActionOptions): Promise<JobView> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      leave()
      signal?.removeEventListener('abort', abort)
    }
    const abort = (): void => {
      end()
      if (jobs.find(id).endedMs === null) jobs.cancel(id)
      reject(signal?.reason)
    }
    const see = (): void => {
      const job = jobs.find(id)
      onStep?.(job.step ?? `${job.filesDone} of ${job.filesTotal} files`)
      if (job.endedMs === null) return
      end()
      resolve(job)
    }
    const leave = jobs.changed.on((job) => { if (job.id === id) see() })
    signal?.addEventListener('abort', abort, { once: true })
    if (signal?.aborted) abort()
    else see()
  })
}
