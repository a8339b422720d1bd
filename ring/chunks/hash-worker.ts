import { type Hash, createHash, hash } from 'node:crypto'
import { parentPort } from 'node:worker_threads'

/** What a hashing thread is asked: the digest of `bytes`; with a `stream`, to add `bytes` to it; without bytes, to end that stream. */
export interface HashOrder {
  /** Left out when nobody waits for the answer. */
  readonly job?: number
  readonly stream?: number
  /** In shared memory, which is the asker's again with the answer. */
  readonly bytes?: Uint8Array
}

export interface HashAnswer {
  readonly job: number
  /** Empty when bytes were added to a stream. */
  readonly digest: Uint8Array
}

const NONE = new Uint8Array(0)
const streams = new Map<number, Hash>()

parentPort?.on('message', ({ job, stream, bytes }: HashOrder) => {
  const digest = stream === undefined ? hash('sha256', bytes ?? NONE, 'buffer') : advance(stream, bytes)
  if (job !== undefined) parentPort?.postMessage({ job, digest: new Uint8Array(digest) } satisfies HashAnswer)
})

function advance(id: number, bytes: Uint8Array | undefined): Uint8Array {
  const sha256 = streams.get(id) ?? createHash('sha256')
  if (bytes !== undefined) {
    streams.set(id, sha256.update(bytes))
    return NONE
  }
  streams.delete(id)
  return sha256.digest()
}
