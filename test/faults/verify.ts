/** After healing: what was acknowledged is there, the same from every node. */
import type { AssetView, RecordingList } from '#protocols/http.ts'
import { sha256 } from './clients.ts'
import { CAMERA, type Cluster } from './cluster.ts'
import type { Model } from './model.ts'

/** What a node whose clock was off recorded lies this far from now at most, in ms. */
const REACH_MS = 12 * 3_600_000

/** Every acknowledged edit is in the catalog, nothing deleted came back, nothing appeared from nowhere. */
export function checkCatalog(model: Model, list: ReadonlyMap<string, AssetView>): void {
  for (const asset of model.assets.values()) {
    const listed = list.get(asset.id)
    if (listed === undefined) {
      if (asset.isPromised) model.lose('upload', `${asset.id} is in no list`)
      continue
    }
    if (asset.deleted === 'yes') model.lose('delete', `${asset.id} was deleted and is listed`)
    for (const wrong of asset.contradictions(listed)) model.lose('edit', `${asset.id}: ${wrong}`)
  }
  for (const id of list.keys()) if (!model.assets.has(id)) model.lose('upload', `${id} is listed and was never sent`)
}

/** Every listed asset reads back whole from every node: also one whose upload was never acknowledged must not be half there. */
export async function checkContents(cluster: Cluster, model: Model, ids: Iterable<string>): Promise<void> {
  for (const id of ids) {
    await Promise.all(cluster.names.map(async (name) => {
      const answer = await cluster.ask(name, { path: `/assets/${id}/content` }).catch((err: Error) => err)
      if (answer instanceof Error || answer.status !== 200) model.lose('upload', `${name} can not read ${id}: ${answer instanceof Error ? answer.message : answer.body.toString().slice(0, 200)}`)
      else if (sha256(answer.body) !== id) model.lose('upload', `${name} answers other bytes for ${id}`)
    }))
  }
}

/** What was durable is in the recordings, and every stretch plays with the same bytes from every node. Answers seconds recorded. */
export async function checkRecordings(cluster: Cluster, model: Model): Promise<number> {
  const nowMs = Date.now()
  const window = `from=${nowMs - REACH_MS}&to=${nowMs + REACH_MS}`
  const lists = await Promise.all(cluster.names.map((name) => cluster.json<RecordingList>(name, `/cameras/${CAMERA}/recordings?${window}`)))
  const spans = lists[0]?.spans ?? []
  for (const [i, { spans: others }] of lists.entries()) {
    for (const atMs of new Set(model.durableMs)) {
      if (!others.some(({ startMs, endMs }) => startMs <= atMs && atMs <= endMs + 1)) model.lose('recording', `${cluster.names[i]} has no recording of ${new Date(atMs).toISOString()}`)
    }
    if (JSON.stringify(others.map(({ session, startMs, endMs, bytes }) => [session, startMs, endMs, bytes])) !== JSON.stringify(spans.map(({ session, startMs, endMs, bytes }) => [session, startMs, endMs, bytes]))) {
      model.lose('recording', `${cluster.names[0]} and ${cluster.names[i]} know different recordings`)
    }
  }
  for (const { startMs, endMs } of spans) await checkSpan(cluster, model, startMs, endMs)
  return spans.reduce((sum, { startMs, endMs }) => sum + (endMs - startMs) / 1000, 0)
}

async function checkSpan(cluster: Cluster, model: Model, startMs: number, endMs: number): Promise<void> {
  const path = `/cameras/${CAMERA}/play?from=${startMs}&to=${Math.floor(endMs)}`
  const hashes = await Promise.all(cluster.names.map(async (name) => {
    const answer = await cluster.ask(name, { path }).catch((err: Error) => err)
    if (!(answer instanceof Error) && answer.status === 200) return sha256(answer.body)
    model.lose('recording', `${name} can not play ${path}: ${answer instanceof Error ? answer.message : `${answer.status} ${answer.body.toString().slice(0, 200)}`}`)
    return undefined
  }))
  if (new Set(hashes.filter((hash) => hash !== undefined)).size > 1) model.lose('recording', `${path} has other bytes on other nodes`)
}
