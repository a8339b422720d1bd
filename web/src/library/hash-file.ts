import type { HashAnswer, HashOrder } from './hash-worker.ts'

let worker: Worker | undefined
let lastId = 0

function hashWorker(): Worker {
  worker ??= new Worker(new URL('./hash-worker.ts', import.meta.url), { type: 'module', name: 'hash' })
  return worker
}

/** SHA-256 of a file, hex, computed beside the page. Rejects with the signal's reason, and when the file can not be read (any more). */
export function hashFile(file: File, onBytes: (bytes: number) => void, signal: AbortSignal): Promise<string> {
  const hashing = hashWorker()
  const id = ++lastId
  const order = (message: HashOrder): void => hashing.postMessage(message, {})
  return new Promise<string>((resolve, reject) => {
    const done = (): void => {
      hashing.removeEventListener('message', hear)
      hashing.removeEventListener('error', fail)
      signal.removeEventListener('abort', stop)
    }
    const hear = ({ data }: MessageEvent<HashAnswer>): void => {
      if (data.id !== id) return
      if ('bytes' in data) return onBytes(data.bytes)
      done()
      if ('sha256' in data) resolve(data.sha256)
      else reject(new Error(`The file could not be read: ${data.failure}. Was it moved or changed? Add it again.`))
    }
    const fail = (): void => {
      done()
      worker = undefined
      reject(new Error('The browser could not start what hashes files. Load the page again.'))
    }
    const stop = (): void => {
      done()
      order({ id })
      reject(signal.reason)
    }
    hashing.addEventListener('message', hear)
    hashing.addEventListener('error', fail)
    signal.addEventListener('abort', stop)
    if (signal.aborted) stop()
    else order({ id, file })
  })
}
