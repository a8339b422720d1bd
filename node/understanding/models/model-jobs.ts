import { InvalidInputError } from '#protocols/errors.ts'
import type { JobView } from '#protocols/http.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Jobs, JobTask } from '../../jobs/jobs.ts'
import type { Models } from './models.ts'

/** What came by itself and failed is tried again after this long, in ms. @default 600000 */
export const MODEL_RETRY_MS = 600_000

const KIND = 'models'

export interface ModelJobsComponents {
  readonly models: Models
  readonly jobs: Pick<Jobs, 'submit' | 'register' | 'list'>
}

/** Fetching and verifying models takes a while: they are jobs. What the ring uses and holds comes to each node by itself. */
export interface ModelJobs extends Startable {
  /** The job that is under way already, if there is one. One that nobody knows fails. */
  pull(id: string): JobView
  /** Fails when it is not as it should be. */
  verify(id: string): JobView
}

export function createModelJobs({ models, jobs }: ModelJobsComponents): ModelJobs {
  /** By id, when it was last tried without anybody asking, in ms of the process. */
  const triedMs = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined
  let leave = (): void => {}
  const titleOf = (id: string): string => models.all().find(({ manifest }) => manifest.id === id)?.manifest.title ?? id // its manifest may have been put there just now

  function pullTask(id: string, isOwnAccord: boolean): JobTask {
    return {
      kind: KIND, title: titleOf(id), params: { pull: id, isOwnAccord }, isAutomatic: isOwnAccord, isPausable: false,
      async run(job) {
        job.update({ filesTotal: 1 })
        await models.pull(id, { signal: job.signal, isOwnAccord, onProgress: (bytesDone, bytesTotal, from) => job.update({ bytesDone, bytesTotal: bytesTotal ?? 0, step: `from ${from}` }) })
        job.update({ filesDone: 1 })
      }
    }
  }

  function verifyTask(id: string): JobTask {
    return {
      kind: KIND, title: `${titleOf(id)}, verified`, params: { verify: id }, isPausable: false,
      async run(job) {
        job.update({ filesTotal: 1 })
        const found = await models.verify(id, job.signal)
        job.update({ filesDone: 1, report: { ...found } })
        if (!found.ok) throw new Error(found.findings.join('; '))
      }
    }
  }

  function begin(task: JobTask): JobView {
    return jobs.list().find(({ kind, title, endedMs }) => kind === KIND && title === task.title && endedMs === null) ?? jobs.submit(task)
  }

  function follow(): void {
    for (const { manifest: { id }, here, usedFor } of models.all()) {
      if (usedFor.length === 0 || here.state !== 'absent' || !models.inRing(id) || performance.now() - (triedMs.get(id) ?? -Infinity) < MODEL_RETRY_MS) continue
      triedMs.set(id, performance.now())
      begin(pullTask(id, true))
    }
  }

  return {
    start() {
      jobs.register(KIND, ({ pull, verify, isOwnAccord }) => {
        if (typeof pull === 'string') return pullTask(pull, isOwnAccord === true)
        if (typeof verify === 'string') return verifyTask(verify)
        throw new InvalidInputError('it is not known any more which model this was: start it anew')
      })
      leave = models.changed.on(follow)
      timer = setInterval(follow, MODEL_RETRY_MS).unref()
      follow()
    },
    stop() {
      leave()
      clearInterval(timer)
    },
    pull: (id) => begin(pullTask(id, false)),
    verify: (id) => begin(verifyTask(id))
  }
}
