import { once } from 'node:events'
import { SHARE_ENV, Worker } from 'node:worker_threads'
import { InvalidInputError } from '#protocols/errors.ts'
import type { PackageFormat, PackageRow } from './package-row.ts'

/** What the thread may need for the rows of one package, in MiB: 64 MB of XML take some 500. @default 1024 */
export const READER_HEAP_MB = 1_024
/** Longest the thread may take for its next rows, in ms: 64 MB of XML took 40 s on a machine with eight times its processors' load. @default 300000 */
export const READER_WAIT_MS = 300_000

/** What the thread answers to each word from here: the next rows, none after the last. */
export interface RowsRead {
  readonly rows: readonly PackageRow[]
  /** Why it is no package. */
  readonly refused?: string
}

/**
 * The rows of a package, some at a time, read in a thread of their own: the whole of it was read before the first are told, and the node's other work goes on meanwhile.
 * @throws InvalidInputError when it is no package, or takes more memory or time than the thread has
 */
export async function* readPackage(bytes: Uint8Array, format: PackageFormat, { heapMb = READER_HEAP_MB } = {}): AsyncGenerator<readonly PackageRow[]> {
  const worker = new Worker(new URL('./package-worker.ts', import.meta.url), { name: 'package', env: SHARE_ENV, workerData: { bytes, format }, resourceLimits: { maxOldGenerationSizeMb: heapMb } })
  try {
    for (;;) {
      const { rows, refused } = await next(worker)
      if (refused !== undefined) throw new InvalidInputError(refused)
      if (rows.length === 0) return
      yield rows
    }
  } finally {
    await worker.terminate()
  }
}

async function next(worker: Worker): Promise<RowsRead> {
  worker.postMessage('more', [])
  try {
    const [answer] = await once(worker, 'message', { signal: AbortSignal.timeout(READER_WAIT_MS) }) as [RowsRead]
    return answer
  } catch (err) {
    const { code, name } = err as { code?: string; name?: string }
    if (code === 'ERR_WORKER_OUT_OF_MEMORY' || name === 'AbortError') throw new InvalidInputError('reading this package takes more memory or time than there is: bring it in as several smaller ones')
    throw err
  }
}
