import { InvalidInputError, NotFoundError, RefusedError } from '#protocols/errors.ts'
import { JOBS_PROTOCOL, type JobsRequest, type JobsResponse, jobsRequestCodec, jobsResponseCodec } from '#protocols/jobs.ts'
import type { JobList, JobView } from '#protocols/http.ts'
import type { Ring, RpcProtocol } from '#ring'
import type { Logger } from '#ring/base/log.ts'
import type { Jobs } from './jobs.ts'

const jobsProtocol: RpcProtocol<JobsRequest, JobsResponse> = { id: JOBS_PROTOCOL, roles: ['node'], request: jobsRequestCodec, response: jobsResponseCodec, maxInFlight: 16 }

/** Another node has to have told of its jobs by then, in ms. @default 3000 */
export const JOBS_TIMEOUT_MS = 3_000
/** Refused files told with each job of a list. @default 20 */
export const MAX_LISTED_RESULTS = 20
/** What one node tells of its jobs at most, in bytes of JSON. @default 1572864 */
export const MAX_JOBS_BYTES = 1_572_864

/** What may be ordered of a job. */
export const JOB_ORDERS = ['pause', 'resume', 'cancel', 'retry'] as const
export type JobOrder = typeof JOB_ORDERS[number]

/** The jobs of all nodes that answer. */
export interface RingJobs {
  /** Newest first, with the results of refused files only; `silent` names the nodes that did not answer. */
  list(): Promise<JobList>
  /** Whole, from whichever node has it. @throws NotFoundError */
  find(id: string): Promise<JobView>
  /** Done by the node that has it. @throws NotFoundError, InvalidInputError, RefusedError */
  order(id: string, order: JobOrder): Promise<JobView>
}

export interface RingJobsComponents {
  ring: Pick<Ring, 'network' | 'membership'>
  jobs: Pick<Jobs, 'list' | 'find' | JobOrder>
  /** Jobs of this node that the registry does not know. @default none */
  others?: () => readonly JobView[]
  log: Logger
}

export function createRingJobs({ ring, jobs, others = () => [], log }: RingJobsComponents): RingJobs {
  const own = (): JobView[] => [...jobs.list(), ...others()].sort(byAge)
  const look = (id: string): JobView => others().find((job) => job.id === id) ?? jobs.find(id)
  const act = (id: string, action: string): JobView => {
    if (action === 'look') return look(id)
    const order = JOB_ORDERS.find((known) => known === action)
    if (order === undefined) throw new InvalidInputError(`a job takes no order ${JSON.stringify(action.slice(0, 40))}: ${JOB_ORDERS.join(', ')}`)
    return jobs[order](id)
  }

  ring.network.serve(jobsProtocol, async ({ order }) => (
    { jobs: order === undefined || order === null ? firstWithin(own().map((job) => JSON.stringify(listed(job)))) : [JSON.stringify(act(order.id, order.action))] }
  ))

  const otherNodes = () => ring.membership.members().filter(({ self, alive }) => alive && !self)

  async function ask(peerId: Parameters<Ring['network']['request']>[0], request: JobsRequest): Promise<JobView[]> {
    const answer = await ring.network.request(peerId, jobsProtocol, request, { signal: AbortSignal.timeout(JOBS_TIMEOUT_MS) })
    return answer.jobs.map((json) => JSON.parse(json) as JobView)
  }

  /** Asks one node after the other; most often it is a job of this one. */
  async function actSomewhere(id: string, action: string): Promise<JobView> {
    if (own().some((job) => job.id === id)) return act(id, action)
    for (const { peerId, name } of otherNodes()) {
      try {
        const [job] = await ask(peerId, { order: { id, action } })
        if (job !== undefined) return job
      } catch (err) {
        if (err instanceof NotFoundError) continue
        if (err instanceof InvalidInputError || err instanceof RefusedError) throw err
        log('%s says nothing of its jobs - %s', name, err)
      }
    }
    return look(id)
  }

  return {
    async list() {
      const silent = ring.membership.members().filter(({ alive, self }) => !alive && !self).map(({ name }) => name)
      const lists = await Promise.all(otherNodes().map(async ({ peerId, name }) => {
        try {
          return await ask(peerId, { list: {} })
        } catch (err) {
          log('%s lists no jobs - %s', name, err)
          silent.push(name)
          return []
        }
      }))
      return { jobs: [...own().map(listed), ...lists.flat()].sort(byAge), silent: silent.sort() }
    },
    find: (id) => actSomewhere(id, 'look'),
    order: actSomewhere
  }
}

const byAge = (a: JobView, b: JobView): number => b.startedMs - a.startedMs

const listed = (job: JobView): JobView => ({ ...job, results: job.results.slice(0, MAX_LISTED_RESULTS).filter(({ outcome }) => outcome === 'refused') })

function firstWithin(texts: string[]): string[] {
  let bytes = 0
  return texts.filter((text) => (bytes += Buffer.byteLength(text)) <= MAX_JOBS_BYTES)
}
