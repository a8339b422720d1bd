import type { GarbageReport } from '#protocols/http.ts'
import { until } from '../../support/until.ts'
import { whyNoTokenBucket } from '../../support/test-network.ts'
import { chunksOf } from '../clients.ts'
import type { Cluster } from '../cluster.ts'
import type { Nemesis } from './nemesis.ts'
import { strikeOff } from './places.ts'

/** What the machine sends: the upload takes seconds, so that it can be cut off in the middle. */
const BITS_PER_SECOND = 20_000_000
/** A few of the chunks of such an upload are the others' to keep, and theirs only. */
const MEGABYTES = 24
/** Longest a machine that is cut off may take to find out and to answer all the same, in ms. */
const ANSWER_MS = 90_000
/** How often the others look: at the first look they notice what nothing needs, at the second they would sweep it. */
const LOOKS = 3

/**
 * A machine is cut off in the middle of an upload, when others hold chunks of it that it does not hold itself, and acknowledges it: only
 * its own catalog names them. It dies, is struck off, and the others find out what nothing needs. It is let in again before the grace is over.
 */
export const strikeOffMidUpload: Nemesis = {
  name: 'strike off',
  destroys: false,
  graceSeconds: 300,
  why: whyNoTokenBucket,
  async strike({ cluster, client }, node) {
    const others = cluster.names.filter((name) => name !== node)
    const file = client.makeFile(MEGABYTES)
    const chunks = chunksOf(file.bytes)
    const isElsewhereOnly = (chunk: string): boolean => !cluster.holds(node, chunk) && others.some((name) => cluster.holds(name, chunk))
    const widen = cluster.network.narrow(node, BITS_PER_SECOND)
    try {
      const upload = client.upload(node, file, ANSWER_MS)
      await until(() => chunks.some(isElsewhereOnly), `others hold what ${node} does not`, ANSWER_MS)
      cluster.network.cut(node)
      if (!await upload) throw new Error(`${node} does not acknowledge an upload when it is alone`)
    } finally {
      widen()
    }
    await strikeOff(cluster, node)
    let looks = 0
    await until(async () => await lookForGarbage(cluster, others) && ++looks === LOOKS, `the others take for garbage what ${node} alone knows of`, ANSWER_MS)
    return async () => {
      cluster.network.heal(node)
      await cluster.begin(node, await cluster.invite('node', node))
    }
  }
}

/** Every node looks, one after the other. Answers whether any held what nothing needs. */
async function lookForGarbage(cluster: Cluster, names: readonly string[]): Promise<boolean> {
  let isAny = false
  for (const name of names) {
    const { status, body } = await cluster.ask(name, { method: 'POST', path: '/garbage', headers: { 'content-type': 'application/json' }, body: '{}', withinMs: ANSWER_MS })
    if (status > 299) throw new Error(`${name} does not look for garbage: ${body.toString().slice(0, 200)}`)
    const { unneeded, freed } = JSON.parse(body.toString()) as GarbageReport
    isAny ||= unneeded.chunks + freed.chunks > 0
  }
  return isAny
}
