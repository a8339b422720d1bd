import type { AssetView, JobView } from '#protocols/http.ts'
import { NodeRefusedError } from './sdk-errors.ts'
import { ThatDam, type ThatDamInit } from './that-dam.ts'

export interface SearchOptions {
  type?: 'video' | 'audio' | 'image'
  /** 1 to 500. @default 50 */
  limit?: number
}

/** What a scan found. */
export interface ScanOutcome {
  /** Files that are in the library now. */
  readonly processed: number
  /** Files that were refused; `job.results` says why. */
  readonly errors: number
  readonly total_files: number
  readonly job: JobView
}

/** The library in three verbs. */
export class MediaIndexer {
  readonly #dam: ThatDam

  constructor(init: ThatDamInit = {}) {
    this.#dam = new ThatDam(init)
  }

  /** Imports a folder of the node's machine; resolves when it is in. @throws NodeRefusedError, NodeSilentError */
  async scan(directory: string, options: Parameters<ThatDam['ended']>[1] = {}): Promise<ScanOutcome> {
    const job = await this.#dam.ended(await this.#dam.scan(directory), options)
    if (job.state !== 'done') throw new NodeRefusedError(422, 'ERR_SCAN', job.error ?? `the scan was ${job.state}`)
    return { processed: job.imported + job.known, errors: job.refused, total_files: job.filesTotal, job }
  }

  /** The newest first. */
  async getRecent(limit = 10): Promise<AssetView[]> {
    return (await this.#dam.assets({ limit })).assets
  }

  /** The best first. */
  async search(words: string, { type, limit = 50 }: SearchOptions = {}): Promise<AssetView[]> {
    return (await this.#dam.search(words, { limit, ...(type && { kind: type }) })).assets
  }
}
