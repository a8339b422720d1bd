import type { JobHandle } from './jobs.ts'

/** The bytes a job reads: counted in it, and held back while it is paused. @throws the job's signal's reason */
export async function* counted(bytes: AsyncIterable<Uint8Array>, job: Pick<JobHandle, 'turn' | 'update' | 'view'>): AsyncGenerator<Uint8Array> {
  for await (const piece of bytes) {
    await job.turn()
    job.update({ bytesDone: job.view.bytesDone + piece.byteLength })
    yield piece
  }
}
