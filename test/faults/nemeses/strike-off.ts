import type { GarbageReport } from '#protocols/http.ts'
import { until } from '../../support/until.ts'
import { whyNoTokenBucket } from '../../support/test-network.ts'
import { chunksOf } from '../clients.ts'
import { CAMERA, type Cluster } from '../cluster.ts'
import { COPIES } from '../settle.ts'
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
  // while any other node records, nothing is garbage that was stored since it began to
  target: recorder,
  async strike({ cluster, client }, node) {
    const others = cluster.names.filter((name) => name !== node)
    const file = client.makeFile(MEGABYTES)
    const chunks = chunksOf(file.bytes)
    const isElsewhereOnly = (chunk: string): boolean => !cluster.holds(node, chunk) && others.filter((name) => cluster.holds(name, chunk)).length === COPIES
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
    await untilTakenForGarbage(cluster, others)
    return async () => {
      cluster.network.heal(node)
      await cluster.begin(node, await cluster.invite('node', node))
    }
  }
}

/** The node that records the camera. */
function recorder(cluster: Cluster): Promise<string> {
  return until(async () => (await cluster.cameras(cluster.names[0] as string)).cameras.find(({ id }) => id === CAMERA)?.node?.name, 'the camera is recorded')
}

/** @throws Error with what the others say, when none of them holds what nothing needs: then this fault would harm nothing */
async function untilTakenForGarbage(cluster: Cluster, names: readonly string[]): Promise<void> {
  let reports: GarbageReport[] = []
  let looks = 0
  await until(async () => {
    reports = []
    for (const name of names) reports.push(await lookForGarbage(cluster, name)) // one after the other
    if (looks > 0 || reports.some(({ unneeded }) => unneeded.chunks > 0)) looks++ // what was swept is not found again
    return looks === LOOKS
  }, 'something is taken for garbage', ANSWER_MS).catch((err) => { throw new Error(`nothing is taken for garbage: ${JSON.stringify(reports)}`, { cause: err }) })
}

async function lookForGarbage(cluster: Cluster, name: string): Promise<GarbageReport> {
  const { status, body } = await cluster.ask(name, { method: 'POST', path: '/garbage', headers: { 'content-type': 'application/json' }, body: '{}', withinMs: ANSWER_MS })
  if (status > 299) throw new Error(`${name} does not look for garbage: ${body.toString().slice(0, 200)}`)
  return JSON.parse(body.toString()) as GarbageReport
}
