import type { CardFile } from '../card/card-files.ts'

/** Files worked on at once: while one is hashed, another is read. @default 2 */
export const FILES_AT_ONCE = 2

/** How far one pass over files is. */
export interface PassProgress { readonly filesDone: number; readonly filesTotal: number; readonly bytesDone: number; readonly bytesTotal: number }

export interface Pass {
  turn(): Promise<void>
  onProgress(progress: PassProgress): void
}

/** Some at once; what the work throws ends the pass once the others have ended. */
export async function eachFile(files: readonly CardFile[], work: (file: CardFile, onBytes: (count: number) => void) => Promise<void>, { turn, onProgress }: Pass): Promise<void> {
  const progress = { filesDone: 0, filesTotal: files.length, bytesDone: 0, bytesTotal: files.reduce((sum, { size }) => sum + size, 0) }
  const waiting = [...files]
  const stop = new AbortController()
  const worker = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined && !stop.signal.aborted; file = waiting.shift()) {
      await turn()
      await work(file, (count) => {
        progress.bytesDone += count
        onProgress({ ...progress })
      })
      progress.filesDone++
      onProgress({ ...progress })
    }
  }
  onProgress({ ...progress })
  const results = await Promise.allSettled(Array.from({ length: FILES_AT_ONCE }, () => worker().catch((err) => { stop.abort(); throw err })))
  for (const result of results) if (result.status === 'rejected') throw result.reason
}
