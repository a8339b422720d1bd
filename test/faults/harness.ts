/** One run: a ring at work, harmed for a while, healed, and held to every word it gave. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, watchCamera } from './clients.ts'
import { Cluster } from './cluster.ts'
import { untilEveryChunkIsWhole, verifyAll } from './disks.ts'
import { Model } from './model.ts'
import { createNemeses, type Nemesis, type World } from './nemeses/index.ts'
import { Random } from './random.ts'
import { type Pace, type Round, schedule, strike } from './schedule.ts'
import { untilAllCopies, untilNoStrays, untilOneCatalog, untilOneLayout, untilRepaired } from './settle.ts'
import { checkCatalog, checkContents, checkRecordings } from './verify.ts'

/** Longest the ring may take to be whole again after the last fault, in ms. @default 90000 */
export const HEAL_MS = 90_000
/** Clients at work. @default 3 */
export const CLIENTS = 3

export interface RunInit {
  readonly seed: number
  readonly nodes: number
  /** How long faults go on, in ms; every nemesis strikes at least once. */
  readonly faultsMs: number
  readonly pace: Pace
  /** Also wait for each node to say that it misses no copies: half a minute more. */
  readonly thorough: boolean
  /** How long nothing must have needed a chunk before it is swept. Where that is longer than a ring may take to heal, nobody waits for it. */
  readonly graceSeconds: number
  /** Names of the nemeses to use; all when empty. */
  readonly only?: readonly string[]
  /** Names of those not to use. */
  readonly without?: readonly string[]
  /** Told what happens, a line at a time. */
  readonly tell: (line: string) => void
}

export interface Outcome {
  readonly model: Model
  readonly seconds: number
  readonly recordedSeconds: number
  /** How often each nemesis struck. */
  readonly faults: ReadonlyMap<string, number>
  readonly healSeconds: number
  /** Promises broken, and whatever else went wrong. Empty after a good run. */
  readonly complaints: readonly string[]
}

/** @throws Error when the ring never came up */
export async function runFaults(init: RunInit): Promise<Outcome> {
  const cluster = new Cluster({ nodes: init.nodes, repairAfter: '5s', garbageGrace: `${init.graceSeconds}s` })
  const run = new Run(init, cluster)
  let complaints: string[]
  try {
    await cluster.start()
    await run.work()
  } finally {
    complaints = await cluster.end()
  }
  return run.outcome(complaints)
}

class Run {
  readonly #init: RunInit
  readonly #cluster: Cluster
  readonly #model = new Model()
  readonly #faults = new Map<string, number>()
  readonly #complaints: string[] = []
  readonly #startedMs = performance.now()
  #healSeconds = Number.NaN
  #recordedSeconds = 0
  #calm = true

  constructor(init: RunInit, cluster: Cluster) {
    this.#init = init
    this.#cluster = cluster
  }

  async work(): Promise<void> {
    const end = new AbortController()
    const parts = { cluster: this.#cluster, model: this.#model, isCalm: () => this.#calm }
    const random = (name: string): Random => new Random(this.#init.seed, name)
    const work = [
      ...Array.from({ length: CLIENTS }, (_, i) => new Client(parts, random(`client ${i}`), `c${i}`).work(end.signal)),
      watchCamera(parts, end.signal)
    ]
    try {
      await this.#harm({ cluster: this.#cluster, model: this.#model, client: new Client(parts, random('bystander'), 'by'), random: random('nemeses') })
    } finally {
      end.abort()
      await Promise.all(work)
    }
    await this.#check()
  }

  outcome(complaints: readonly string[]): Outcome {
    return {
      model: this.#model, faults: this.#faults, healSeconds: this.#healSeconds, recordedSeconds: this.#recordedSeconds,
      seconds: (performance.now() - this.#startedMs) / 1000,
      complaints: [...this.#model.broken, ...this.#complaints, ...complaints]
    }
  }

  async #harm(world: World): Promise<void> {
    const nemeses = this.#usable()
    const endMs = performance.now() + this.#init.faultsMs
    const rounds = schedule(nemeses, world, new Random(this.#init.seed, 'schedule'), this.#init.pace)
    await sleep(3_000) // something to lose
    for (let turn = 0; turn < nemeses.length || performance.now() < endMs; turn++) {
      const round: Round = (await rounds.next()).value
      const names = round.strikes.map(({ nemesis, node }) => `${nemesis.name} ${node}`).join(' and ')
      const destroys = round.strikes.some(({ nemesis }) => nemesis.destroys)
      if (destroys && turn > 0) await untilRepaired(this.#cluster, HEAL_MS)
      for (const { nemesis: { name } } of round.strikes) this.#faults.set(name, (this.#faults.get(name) ?? 0) + 1)
      this.#init.tell(`${this.#clock()}  ${names}, ${round.holdMs / 1000} s`)
      this.#calm = false
      await strike(round, world, new AbortController().signal)
      this.#calm = await this.#isTogether()
      const crashed = this.#cluster.crashed()
      if (crashed.length > 0) throw new Error(`after ${names}: ${crashed.join('\n')}`)
    }
  }

  #usable(): Nemesis[] {
    return createNemeses().filter(({ name, why, graceSeconds = 0 }) => {
      if (graceSeconds > this.#init.graceSeconds) return false
      if (this.#init.only !== undefined && this.#init.only.length > 0 && !this.#init.only.some((word) => name.includes(word))) return false
      if (this.#init.without?.includes(name) === true) return false
      const reason = why?.()
      if (reason !== undefined) this.#init.tell(`skipped: ${name}: ${reason}`)
      return reason === undefined
    })
  }

  async #isTogether(): Promise<boolean> {
    const rings = await Promise.all(this.#cluster.names.map((name) => this.#cluster.ring(name).catch(() => undefined)))
    return rings.every((ring) => ring?.members.every(({ alive }) => alive) === true)
  }

  async #check(): Promise<void> {
    const healedMs = performance.now()
    this.#init.tell(`${this.#clock()}  all faults are over`)
    await this.#cluster.stopCamera()
    const inTime = (work: () => Promise<unknown>): Promise<unknown> => work().catch((err: Error) => {
      this.#complaints.push(err.message)
      this.#init.tell(`${this.#clock()}  ${err.message}`)
    })
    await inTime(() => this.#cluster.together())
    await inTime(async () => checkCatalog(this.#model, await untilOneCatalog(this.#cluster, HEAL_MS)))
    await inTime(() => untilAllCopies(this.#cluster, this.#model, HEAL_MS))
    await inTime(() => untilOneLayout(this.#cluster, HEAL_MS))
    if (this.#init.thorough) await inTime(() => untilRepaired(this.#cluster, HEAL_MS))
    this.#healSeconds = (performance.now() - healedMs) / 1000
    if (this.#init.graceSeconds * 1000 < HEAL_MS) await inTime(() => untilNoStrays(this.#cluster, this.#model, HEAL_MS)) // before reading: what is still needed must be there after it
    this.#init.tell(`${this.#clock()}  whole again; reading everything from every node`)
    const list = await untilOneCatalog(this.#cluster, HEAL_MS).catch(() => new Map<string, never>())
    await inTime(() => checkContents(this.#cluster, this.#model, list.keys()))
    await inTime(async () => { this.#recordedSeconds = await checkRecordings(this.#cluster, this.#model) })
    await inTime(() => verifyAll(this.#cluster, HEAL_MS))
    await inTime(() => untilEveryChunkIsWhole(this.#cluster, HEAL_MS))
    this.#complaints.push(...this.#cluster.crashed())
  }

  #clock(): string { return `${((performance.now() - this.#startedMs) / 1000).toFixed(0).padStart(4)} s` }
}
