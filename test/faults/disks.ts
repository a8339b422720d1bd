/** After healing: the disks themselves, read from outside. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JobView } from '#protocols/http.ts'
import { until } from '../support/until.ts'
import type { Cluster } from './cluster.ts'
import { COPIES } from './settle.ts'

/** Have the ring read all its disks and mend them. @throws Error when it says that something is lost */
export async function verifyAll(cluster: Cluster, withinMs: number): Promise<void> {
  const [name = ''] = cluster.names
  const { status, body } = await cluster.ask(name, { method: 'POST', path: '/verify', headers: { 'content-type': 'application/json' }, body: '{}' })
  if (status > 299) throw new Error(`nothing is verified: ${body.toString().slice(0, 300)}`)
  const { id } = JSON.parse(body.toString()) as JobView
  const job = await until(async () => {
    const now = await cluster.json<JobView>(name, `/jobs/${id}`)
    return now.state === 'running' ? undefined : now
  }, 'everything is verified', withinMs)
  if (job.state === 'failed' || (job.verify?.lost ?? 1) > 0) throw new Error(`verify: ${job.error ?? `${job.verify?.lost} chunks are lost`}`)
}

/** Wait until every chunk that is on any disk is whole on as many as should have it. @throws Error naming those that are not */
export async function untilEveryChunkIsWhole(cluster: Cluster, withinMs: number): Promise<void> {
  let short: string[] = []
  try {
    await until(async () => {
      short = [...await goodCopies(cluster)].filter(([, copies]) => copies < COPIES).map(([chunk, copies]) => `${chunk}: ${copies}`)
      return short.length === 0
    }, 'every chunk is whole on its owners', withinMs)
  } catch (err) {
    throw new Error(`${short.length} chunks have fewer than ${COPIES} good copies on disk: ${short.slice(0, 5).join(', ')}`, { cause: err })
  }
}

/** How many disks have a file of that name whose bytes hash to it, for every name on any disk. */
async function goodCopies(cluster: Cluster): Promise<Map<string, number>> {
  const copies = new Map<string, number>()
  for (const name of cluster.names) {
    const folder = join(cluster.dataOf(name), 'chunks')
    for (const file of await readdir(folder, { recursive: true })) {
      const chunk = /^[0-9a-f]{2}\/([0-9a-f]{64})$/.exec(file)?.[1]
      if (chunk === undefined) continue
      const bytes = await readFile(join(folder, file)).catch(() => undefined) // let go of meanwhile
      const isGood = bytes !== undefined && createHash('sha256').update(bytes).digest('hex') === chunk
      copies.set(chunk, (copies.get(chunk) ?? 0) + (isGood ? 1 : 0))
    }
  }
  return copies
}
