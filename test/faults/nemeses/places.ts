/** What people decide about a node's place, and how long they wait for it. */
import type { MemberPlace } from '#protocols/http.ts'
import { until } from '../../support/until.ts'
import type { Cluster } from '../cluster.ts'

/** How long a node may take to leave before it is asked to stay after all, in ms: another fault may be in its way. */
const LEAVE_MS = 45_000
/** How long a dead node may be taken for a live one, in ms. */
const DEAD_MS = 30_000

/** Ask any node but the one it is about. @throws Error with what the last one said */
export async function decide(cluster: Cluster, node: string, method: string, rest: string, body: object = {}): Promise<MemberPlace> {
  let failure = new Error('nobody was asked')
  for (const name of cluster.names.filter((each) => each !== node && !cluster.down.has(each))) {
    try {
      const { status, body: answer } = await cluster.ask(name, { method, path: `/ring/members/${node}${rest}`, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
      if (status < 300) return JSON.parse(answer.toString()) as MemberPlace
      failure = new Error(`${name} answers ${status} to ${method} ${node}${rest}: ${answer.toString().slice(0, 200)}`)
    } catch (err) {
      failure = err as Error
    }
  }
  throw failure
}

export const drained = (cluster: Cluster, node: string): Promise<MemberPlace> => decide(cluster, node, 'POST', '/drain')

/** It is dead, and the others are told that it will not come back. */
export async function strikeOff(cluster: Cluster, node: string): Promise<void> {
  await cluster.kill(node)
  await until(async () => (await decide(cluster, node, 'DELETE', '?force=true')).state === 'gone', `${node} is struck off`, DEAD_MS)
}

/** Stopped and let in again when it has left; when it can not leave, it stays. */
export async function comeBack(cluster: Cluster, node: string): Promise<void> {
  if (!await hasLeft(cluster, node) && (await decide(cluster, node, 'POST', '/undrain').catch(() => undefined))?.state === 'active') return
  await cluster.stop(node)
  await cluster.begin(node, await cluster.invite('node', node))
}

/** Whether it has left, or does so in time; the node itself says so, too. */
export function hasLeft(cluster: Cluster, node: string): Promise<boolean> {
  const others = cluster.names.filter((name) => name !== node && !cluster.down.has(name))
  return until(async () => (await Promise.all(others.map((name) => cluster.ring(name)))).every(({ gone }) => gone.some(({ name }) => name === node)), `${node} has left`, LEAVE_MS).then(() => true, () => false)
}
