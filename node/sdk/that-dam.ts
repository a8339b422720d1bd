import { openAsBlob } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AlarmList, AssetDetail, AssetEdit, AssetList, AssetListQuery, AssetView, CameraList, CameraView, ImportResult, JobList, JobView, MomentList, MomentSearch, RingView, ServerEvent, WorkflowCheck, WorkflowDefinition, WorkflowList, WorkflowView } from '#protocols/http.ts'
import { NodeClient, type NodeClientInit } from './node-client.ts'

export type ThatDamInit = NodeClientInit

/** How often a job that is waited for is looked at, in ms. @default 300 */
export const JOB_LOOK_MS = 300

const query = (parts: Readonly<Record<string, unknown>>): string => new URLSearchParams(Object.entries(parts).filter(([, value]) => value !== undefined).map(([name, value]) => [name, String(value)])).toString()
const id = encodeURIComponent

/** One node, and with it the ring. Every method rejects with `NodeRefusedError` or `NodeSilentError`. */
export class ThatDam {
  readonly #node: NodeClient

  constructor(init: ThatDamInit = {}) {
    this.#node = new NodeClient(init)
  }

  get url(): string {
    return this.#node.url
  }

  ring(): Promise<RingView> { return this.#node.json('GET', 'ring') }
  async alarms(): Promise<AlarmList['alarms']> { return (await this.#node.json<AlarmList>('GET', 'alarms')).alarms }
  async cameras(): Promise<CameraView[]> { return (await this.#node.json<CameraList>('GET', 'cameras')).cameras }

  assets(which: AssetListQuery = {}): Promise<AssetList> { return this.#node.json('GET', `assets?${query(which)}`) }
  /** Assets by words and filters. */
  search(q: string, which: Omit<AssetListQuery, 'q'> = {}): Promise<AssetList> { return this.assets({ ...which, q }) }
  /** Moments inside films, pictures and sound that a sentence describes, and how much of the library the answer is about. */
  moments(q: string, which: Omit<MomentSearch, 'q'> = {}): Promise<MomentList> { return this.#node.json('GET', `search?${query({ ...which, q })}`) }
  asset(asset: string): Promise<AssetDetail> { return this.#node.json('GET', `assets/${id(asset)}`) }
  edit(asset: string, change: AssetEdit): Promise<AssetView> { return this.#node.json('PATCH', `assets/${id(asset)}`, change) }
  /** Into the trash. */
  async remove(asset: string): Promise<void> { await this.#node.json('DELETE', `assets/${id(asset)}`) }

  /** The original bytes. */
  async download(asset: string): Promise<ReadableStream<Uint8Array>> {
    const { body } = await this.#node.fetch(`assets/${id(asset)}/content`, { headers: { accept: '*/*' } }, true)
    return body ?? new ReadableStream()
  }

  /** Sends a file of this machine, or bytes under a name. */
  async upload(file: string | Uint8Array<ArrayBuffer>, name?: string): Promise<ImportResult> {
    const body = typeof file === 'string' ? await openAsBlob(file) : new Blob([file])
    const called = name ?? (typeof file === 'string' ? basename(file) : 'unnamed')
    const answer = await this.#node.fetch(`assets?${query({ name: called })}`, { method: 'POST', body, headers: { 'content-type': 'application/octet-stream' } }, true)
    const { results } = await answer.json() as { results: ImportResult[] }
    return results[0] as ImportResult
  }

  /** Lets the node import a folder of its own machine; answers the job that does it. */
  scan(path: string): Promise<JobView> { return this.#node.json('POST', 'scan', { path }) }
  async jobs(): Promise<JobView[]> { return (await this.#node.json<JobList>('GET', 'jobs?all=true')).jobs }
  job(job: string): Promise<JobView> { return this.#node.json('GET', `jobs/${id(job)}`) }
  order(job: string, order: 'pause' | 'resume' | 'cancel' | 'retry'): Promise<JobView> { return this.#node.json('POST', `jobs/${id(job)}/${order}`, {}) }

  /** Resolves when the job has ended, however. */
  async ended(job: Pick<JobView, 'id'>, { signal, onProgress }: { signal?: AbortSignal; onProgress?: (job: JobView) => void } = {}): Promise<JobView> {
    for (;;) {
      const now = await this.job(job.id)
      onProgress?.(now)
      if (now.endedMs !== null) return now
      await sleep(JOB_LOOK_MS, undefined, { signal })
    }
  }

  async workflows(): Promise<WorkflowView[]> { return (await this.#node.json<WorkflowList>('GET', 'workflows')).workflows }
  checkWorkflow(workflow: WorkflowDefinition): Promise<WorkflowCheck> { return this.#node.json('POST', 'workflows/check', workflow) }
  keepWorkflow(workflow: WorkflowDefinition, as?: string): Promise<WorkflowView> { return as === undefined ? this.#node.json('POST', 'workflows', workflow) : this.#node.json('PUT', `workflows/${id(as)}`, workflow) }
  /** One that is kept, by its id, or one that is not; answers the job. */
  runWorkflow(workflow: string | WorkflowDefinition, { dryRun = false } = {}): Promise<JobView> {
    return typeof workflow === 'string' ? this.#node.json('POST', `workflows/${id(workflow)}/run`, { dry_run: dryRun }) : this.#node.json('POST', `workflows/run?dry_run=${dryRun}`, workflow)
  }

  /** What changes, as it happens, until the answer is called. A node that asks for a token is not followed: ask its routes. */
  follow(listener: (event: ServerEvent) => void): () => void {
    const socket = new WebSocket(`${this.#node.url.replace(/^http/, 'ws')}/ws`)
    socket.addEventListener('message', ({ data }) => listener(JSON.parse(String(data)) as ServerEvent))
    return () => socket.close()
  }
}
