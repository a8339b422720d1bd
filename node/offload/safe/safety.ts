/** *Safe to format* as a fact of now: looked up when somebody asks, and worked towards while nobody does. */
import type { SafeRule, SafeView } from '#protocols/http.ts'
import { bytesOf, once } from '#ring/base/bytes.ts'
import type { Logger } from '#ring/base/log.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Inserted } from '../card/inserted.ts'
import { keptAnswers } from '../kept-answers.ts'
import { obstaclesOf } from './obstacles.ts'
import { decodeReceipt, encodeReceipt, readBackRoll, type ReadBackInit, type Receipt } from './receipt.ts'
import { readRollList } from '../rolls/roll-list.ts'
import type { Roll, RollFields } from '../rolls/roll-record.ts'
import type { RollsRing } from '../rolls/rolls.ts'
import { lookWhetherSafe } from './safe.ts'

/** An answer is given again for this long, in ms, unless a node came or went. @default 3000 */
export const SAFE_KEPT_MS = 3_000
/** How often rolls of this node that are not safe are looked at by themselves, in ms. @default 60000 */
export const SAFE_PERIOD_MS = 60_000

export interface SafetyComponents {
  readonly ring: RollsRing
  readonly log: Logger
  rolls(): readonly Roll[]
  rule(): SafeRule
  isWorking(rollId: string): boolean
  put(id: string, fields: RollFields): Promise<void>
  readonly inserted: Inserted
  /** Cards that are in this machine. */
  cards(): Promise<ReadonlyArray<{ readonly path: string }>>
}

export interface Safety extends Startable {
  of(roll: Roll): Promise<SafeView>
  /** Have all live nodes read their chunks of it, and keep in the ring what they found. */
  readBack(roll: Roll, init: ReadBackInit): Promise<void>
}

export function createSafety({ ring, log, rolls, rule, isWorking, put, inserted, cards }: SafetyComponents): Safety {
  const kept = keptAnswers<SafeView>(SAFE_KEPT_MS)
  const stopping = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let tending: Promise<void> = Promise.resolve()

  function of(roll: Roll): Promise<SafeView> {
    const members = ring.membership.members().map(({ peerId, alive, zone }) => `${peerId} ${alive} ${zone}`).join()
    const key = JSON.stringify([members, rule(), roll.manifest, roll.receipt, roll.state, roll.failed, roll.leftOnCard, roll.verify])
    return kept(roll.id, key, () => look(roll))
  }

  async function look(found: Roll): Promise<SafeView> {
    const roll = { ...found, leftOnCard: await leftOnCard(found) }
    const init = { rule: rule(), nowMs: Date.now(), signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(120_000)]) }
    const nothing = { safe: false, rule: init.rule, files: roll.files, safeFiles: 0, nodes: [], checkedMs: init.nowMs }
    if (roll.manifest === undefined) return { ...nothing, files: 0, reasons: orNone(obstaclesOf(roll)) }
    try {
      const list = await readRollList(ring.blobs, roll.manifest, init)
      return await lookWhetherSafe(ring, roll.manifest, list, await receiptOf(roll), { ...init, obstacles: obstaclesOf(roll, list) })
    } catch (err) {
      stopping.signal.throwIfAborted()
      return { ...nothing, reasons: [...obstaclesOf(roll), `what it consists of can not be read now: ${err instanceof Error ? err.message : err}`] }
    }
  }

  /** As it is now when the card is in this machine, else as whoever had it last saw it. */
  async function leftOnCard(roll: Roll): Promise<number> {
    const card = roll.peerId === ring.self && !isWorking(roll.id) ? await inserted.at(roll.card) : undefined
    return card?.rollId === roll.id ? card.left : roll.leftOnCard
  }

  async function receiptOf({ receipt }: Roll): Promise<Receipt | undefined> {
    if (receipt === undefined) return undefined
    return decodeReceipt(await bytesOf(ring.blobs.read(receipt, {}, { signal: AbortSignal.timeout(60_000) })))
  }

  async function readBack(roll: Roll, init: ReadBackInit): Promise<void> {
    if (roll.manifest === undefined) return
    const receipt = await readBackRoll(ring, roll.manifest, init)
    const written = ring.writing()
    try {
      const { id } = await ring.blobs.put(once(encodeReceipt(receipt)))
      await put(roll.id, { receipt: id })
    } finally {
      written()
    }
  }

  /** Cards that are in are looked at, for all nodes to know. Copies that came since are read back, where that makes a card safe. */
  async function tend(): Promise<void> {
    for (const { path } of rolls().length > 0 ? await cards() : []) await inserted.at(path)
    for (const roll of rolls()) {
      if (roll.peerId !== ring.self || roll.state !== 'done' || isWorking(roll.id) || stopping.signal.aborted) continue
      const { safe, reasons } = await of(roll)
      if (!safe && reasons.some((reason) => reason.includes('not read it back yet'))) await readBack(roll, { signal: stopping.signal })
    }
  }

  return {
    of, readBack,
    start() {
      timer = setInterval(() => { tending = tending.then(tend).catch((err) => { if (!stopping.signal.aborted) log.error('rolls could not be looked at - %s', err) }) }, SAFE_PERIOD_MS).unref()
    },
    async stop() {
      clearInterval(timer)
      stopping.abort(new Error('the node is stopping'))
      await tending
    }
  }
}

const orNone = (reasons: string[]): string[] => reasons.length > 0 ? reasons : ['none of its files is in the ring yet']
