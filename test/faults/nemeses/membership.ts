/** The set of nodes changes while everybody writes. Each is taken back, so that the ring has its nodes again when it is judged. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { MemberPlace } from '#protocols/http.ts'
import { until } from '../../support/until.ts'
import type { Cluster } from '../cluster.ts'
import type { Nemesis } from './nemesis.ts'

/** How long a node may take to leave before it is asked to stay after all, in ms: another fault may be in its way. */
const LEAVE_MS = 45_000
/** How long a dead node may be taken for a live one, in ms. */
const DEAD_MS = 30_000

/** Names of those that change who belongs. */
export const MEMBERSHIP: readonly string[] = ['join', 'drain', 'drain and kill', 'remove', 'reweigh']

/** A machine that was never there comes, takes its share, and leaves again. */
export const join: Nemesis = {
  name: 'join',
  destroys: false,
  async strike({ cluster }) {
    await cluster.begin(cluster.spare, await cluster.invite('node'))
    return async () => {
      await drained(cluster, cluster.spare)
      if (!await hasLeft(cluster, cluster.spare)) await strikeOff(cluster, cluster.spare)
      await cluster.remove(cluster.spare)
    }
  }
}

/** A node is let go; when it has left it is stopped for good, and comes back by a new invite. */
export const drain: Nemesis = {
  name: 'drain',
  destroys: false,
  async strike({ cluster }, node) {
    await drained(cluster, node)
    return () => comeBack(cluster, node)
  }
}

/** The same, and its plug is pulled in the middle of it, or that of a node that takes over what it held. */
export const drainAndKill: Nemesis = {
  name: 'drain and kill',
  destroys: false,
  async strike({ cluster, random }, node) {
    await drained(cluster, node)
    await sleep(random.between(0, 3_000))
    const victim = random.chance(0.5) ? node : random.pick(cluster.names.filter((name) => name !== node))
    if (cluster.down.has(victim)) return () => comeBack(cluster, node)
    await cluster.kill(victim)
    return async () => {
      await cluster.begin(victim, victim === node ? await cluster.invite('node', node) : undefined) // it may have left in its last moment
      await comeBack(cluster, node)
    }
  }
}

/** A node dies, is struck off, and turns up again with all it had. */
export const remove: Nemesis = {
  name: 'remove',
  destroys: false,
  async strike({ cluster }, node) {
    await strikeOff(cluster, node)
    return async () => cluster.begin(node, await cluster.invite('node', node))
  }
}

/** A node is given more to hold, or less: nearly every partition changes hands. */
export const reweigh: Nemesis = {
  name: 'reweigh',
  destroys: false,
  async strike({ cluster, random }, node) {
    await decide(cluster, node, 'PATCH', '', { weight: random.between(1, 8) })
    return async () => {}
  }
}

async function strikeOff(cluster: Cluster, node: string): Promise<void> {
  await cluster.kill(node)
  await until(async () => (await decide(cluster, node, 'DELETE', '?force=true')).state === 'gone', `${node} is struck off`, DEAD_MS)
}

const drained = (cluster: Cluster, node: string): Promise<MemberPlace> => decide(cluster, node, 'POST', '/drain')

/** Ask any node but the one it is about. @throws Error with what the last one said */
async function decide(cluster: Cluster, node: string, method: string, rest: string, body: object = {}): Promise<MemberPlace> {
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

/** Stopped and let in again when it has left; when it can not leave, it stays. */
async function comeBack(cluster: Cluster, node: string): Promise<void> {
  if (!await hasLeft(cluster, node) && (await decide(cluster, node, 'POST', '/undrain').catch(() => undefined))?.state === 'active') return
  await cluster.stop(node)
  await cluster.begin(node, await cluster.invite('node', node))
}

/** Whether it has left, or does so in time; the node itself says so, too. */
function hasLeft(cluster: Cluster, node: string): Promise<boolean> {
  const others = cluster.names.filter((name) => name !== node && !cluster.down.has(name))
  return until(async () => (await Promise.all(others.map((name) => cluster.ring(name)))).every(({ gone }) => gone.some(({ name }) => name === node)), `${node} has left`, LEAVE_MS).then(() => true, () => false)
}
