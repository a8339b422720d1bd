import { protoFile } from './codec.ts'

export const JOBS_PROTOCOL = '/thatdam/jobs/1.0.0'

export interface JobsRequest {
  list?: Record<string, never> | null
  order?: { id: string; action: string } | null
}

/** JSON of a `JobView` each. */
export interface JobsResponse { jobs: string[] }

const proto = protoFile('./jobs.proto')
export const jobsRequestCodec = proto<JobsRequest>('JobsRequest')
export const jobsResponseCodec = proto<JobsResponse>('JobsResponse', 2 * 1024 * 1024)
