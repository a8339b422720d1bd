import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import type { SpaceId } from '../space.ts'
import type { Subject } from '../subject.ts'
import type { IndexSize, KnownVector, SliceAnswer, SliceQuery } from './ask.ts'
import { IndexEngine, type Known, type Write } from './engine.ts'
import { isDamage } from './store.ts'

/** Rows written in one transaction, where more changes wait than one. @default 4000 */
export const MAX_ROWS_AT_ONCE = 4_000
/** Graphs grow so long, in ms, and rest as long: others need the processor, too. @default 8 */
export const GROW_MS = 8
/** Graphs are saved when they have not grown for so long, in ms. @default 30000 */
export const SAVE_AFTER_MS = 30_000

export type IndexVerb =
  | { readonly verb: 'write'; readonly write: Write }
  | { readonly verb: 'find'; readonly query: SliceQuery }
  | { readonly verb: 'vector'; readonly subject: Subject; readonly atMs: number; readonly space: SpaceId | undefined }
  | { readonly verb: 'size' }
  | { readonly verb: 'close' }
export type IndexOrder = IndexVerb & { readonly job: number }
type Question = Exclude<IndexOrder, { verb: 'write' }>
type Writing = Extract<IndexOrder, { verb: 'write' }>

export type IndexAnswer =
  /** What the index has of these subjects now: first of all of them, then of those that changed. */
  | { readonly known: readonly Known[] }
  /** All vectors are in memory: questions are answered from now on. */
  | { readonly loaded: true }
  | { readonly job: number; readonly value: SliceAnswer | KnownVector | IndexSize | undefined }
  | { readonly job: number; readonly failure: string }

const port = parentPort!
const tell = (answer: IndexAnswer): void => port.postMessage(answer, [])
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const { folder } = workerData as { folder: string }

const engine = open()
tell({ known: engine.known() })
const loaded = engine.load(turn)
loaded.then(() => tell({ loaded: true }), giveUp)

const waiting: Writing[] = []
let working: Promise<void> | undefined
let isClosing = false
let saving: NodeJS.Timeout | undefined

port.on('message', (order: IndexOrder) => {
  if (order.verb !== 'write') return void answer(order)
  waiting.push(order)
  begin()
})
begin()

/** A file that is damaged, or of another version, is begun anew: all that was in it can be. */
function open(): IndexEngine {
  try {
    return new IndexEngine(folder)
  } catch (err) {
    if (!isDamage(err)) throw err
    clear()
    return new IndexEngine(folder)
  }
}

function clear(): void {
  for (const file of readdirSync(folder)) rmSync(join(folder, file), { recursive: true, force: true })
}

/** Whoever started the thread starts another. */
function giveUp(err: unknown): never {
  if (isDamage(err)) clear()
  throw err
}

async function answer(order: Question): Promise<void> {
  try {
    await loaded
    tell({ job: order.job, value: await valueOf(order) })
    if (order.verb === 'close') port.close()
  } catch (err) {
    tell({ job: order.job, failure: (err as Error).message })
    if (isDamage(err)) giveUp(err)
  }
}

async function valueOf(order: Question): Promise<SliceAnswer | KnownVector | IndexSize | undefined> {
  switch (order.verb) {
    case 'find': return engine.find(order.query)
    case 'vector': return engine.vectorAt(order.subject, order.atMs, order.space)
    case 'size': return engine.size()
    case 'close': return close()
  }
}

function begin(): void {
  clearTimeout(saving)
  run(work)
}

function run(task: () => Promise<void>): void {
  working ??= task().catch(giveUp).finally(() => {
    working = undefined
    if (waiting.length > 0) begin()
  })
}

/** Writes what waits; then graphs grow, as long as nothing waits. */
async function work(): Promise<void> {
  await loaded
  while (waiting.length > 0) await write(some())
  while (mayGrow() && grow()) await sleep(GROW_MS)
  saving = setTimeout(() => run(() => engine.save()), SAVE_AFTER_MS).unref()
}

const mayGrow = (): boolean => !isClosing && waiting.length === 0

function some(): Writing[] {
  let rows = 0
  const end = waiting.findIndex(({ write }) => (rows += 'put' in write ? write.put.vectors.length + write.put.words.length : 1) > MAX_ROWS_AT_ONCE)
  return waiting.splice(0, end === -1 ? waiting.length : Math.max(1, end))
}

/** False when nothing is left to do. A step at least: on a busy machine the time may be over before the first. */
function grow(): boolean {
  const endMs = performance.now() + GROW_MS
  let more: boolean
  do more = engine.improve()
  while (more && performance.now() < endMs)
  return more
}

async function write(orders: readonly Writing[]): Promise<void> {
  try {
    tell({ known: await engine.write(orders.map((order) => order.write), turn) })
    for (const { job } of orders) tell({ job, value: undefined })
  } catch (err) {
    if (isDamage(err)) throw err
    if (orders.length === 1) tell({ job: orders[0]!.job, failure: (err as Error).message })
    else for (const order of orders) await write([order]) // what one could not is no fault of the others
  }
}

async function close(): Promise<undefined> {
  isClosing = true
  clearTimeout(saving)
  await working
  await engine.save()
  engine.close()
  return undefined
}
