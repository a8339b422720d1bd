/** Hashes files beside the page: a piece is read, hashed and forgotten, however large the file is. */
import { createSHA256 } from 'hash-wasm'

export interface HashOrder { readonly id: number; readonly file?: File }
export type HashAnswer = { readonly id: number } & ({ readonly bytes: number } | { readonly sha256: string } | { readonly failure: string })

/** How often the page is told how far it is, ms. @default 100 */
const TELL_EVERY_MS = 100

const cancelled = new Set<number>()
const tell = (answer: HashAnswer): void => self.postMessage(answer, {})

async function hash(id: number, file: File): Promise<void> {
  const sha256 = await createSHA256()
  const reader = file.stream().getReader()
  let bytes = 0
  let toldMs = 0
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    if (cancelled.delete(id)) return void reader.cancel()
    sha256.update(read.value)
    bytes += read.value.byteLength
    if (performance.now() - toldMs < TELL_EVERY_MS) continue
    toldMs = performance.now()
    tell({ id, bytes })
  }
  tell({ id, sha256: sha256.digest('hex') })
}

self.addEventListener('message', ({ data: { id, file } }: MessageEvent<HashOrder>) => {
  if (file === undefined) cancelled.add(id)
  else hash(id, file).catch((error: unknown) => tell({ id, failure: error instanceof Error ? error.message : String(error) }))
})
