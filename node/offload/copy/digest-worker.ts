/** A thread that hashes: it is given the pieces of one stream after the other, in shared memory, and answers each. */
import { parentPort } from 'node:worker_threads'
import { type Digest, digestOf, type HashFormat } from '../mhl/hash-formats.ts'

export interface DigestOrder {
  readonly job: number
  readonly stream: number
  /** Begins the stream. */
  readonly formats?: ReadonlyArray<HashFormat | 'sha256'>
  readonly bytes?: Uint8Array
  /** Ends the stream; its hashes are answered unless it is dropped. */
  readonly end?: 'hashes' | 'drop'
}

export interface DigestAnswer {
  readonly job: number
  readonly hashes?: Readonly<Partial<Record<HashFormat | 'sha256', string>>>
  readonly error?: string
}

const streams = new Map<number, Array<readonly [HashFormat | 'sha256', Digest]>>()
let turn: Promise<void> = Promise.resolve()

parentPort?.on('message', (order: DigestOrder) => {
  turn = turn.then(async () => {
    try {
      parentPort?.postMessage({ job: order.job, ...await carryOut(order) } satisfies DigestAnswer)
    } catch (err) {
      parentPort?.postMessage({ job: order.job, error: String(err) } satisfies DigestAnswer)
    }
  })
})

async function carryOut({ stream, formats, bytes, end }: DigestOrder): Promise<Pick<DigestAnswer, 'hashes'>> {
  if (formats !== undefined) streams.set(stream, await Promise.all(formats.map(async (format) => [format, await digestOf(format)] as const)))
  const digests = streams.get(stream) ?? []
  if (bytes !== undefined) for (const [, digest] of digests) digest.update(bytes)
  if (end === undefined) return {}
  streams.delete(stream)
  return end === 'drop' ? {} : { hashes: Object.fromEntries(digests.map(([format, digest]) => [format, digest.text()])) }
}
