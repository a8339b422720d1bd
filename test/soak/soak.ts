import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CameraView, RecordingList } from '#protocols/http.ts'
import { type NodeProcess, type Thatdam, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { writeCameraFilm } from './camera-film.ts'
import type { Fault } from './gaps.ts'
import { type Sample, residentBytes } from './memory.ts'

/** How long what was killed stays away, in ms. */
const AWAY_MS = 8_000
/** Time for cameras to be recorded again after a kill, in ms. */
const BACK_MS = 60_000
const SAMPLE_MS = 5_000
/** Peers, with the cameras shared among them; one camera of each is a test card that the peer encodes, the others send as network cameras do. */
const PEERS = 2
/** Never killed: its memory is watched over the whole time. */
const LASTING = 'alder'
const KILLED = ['birch', 'cedar'] as const

interface Init { readonly cameras: number; readonly tell: (line: string) => void }

/** A ring of three nodes and two peers that is at work and harmed. */
export class Soak {
  readonly faults: Fault[] = []
  readonly memory: Sample[] = []
  readonly ring: TestRing
  readonly #peers: Array<{ args: string[]; process: Thatdam }> = []
  readonly #cameras: readonly string[]
  readonly #tell: Init['tell']
  readonly #startedMs = Date.now()

  private constructor(ring: TestRing, { cameras, tell }: Init) {
    this.ring = ring
    this.#cameras = Array.from({ length: cameras }, (_, i) => `cam-${i + 1}`)
    this.#tell = tell
  }

  static async begin(init: Init): Promise<Soak> {
    const soak = new Soak(await TestRing.create(), init)
    try {
      await soak.#begin()
      return soak
    } catch (err) {
      await soak.end()
      throw err
    }
  }

  get dir(): string { return this.ring.dir }
  get lasting(): NodeProcess { return this.ring.node(LASTING) }

  /** Kill something every now and then until the time is over; resolves when all is recorded again. */
  async work(durationMs: number, everyMs: number): Promise<void> {
    const endMs = Date.now() + durationMs
    const sampling = new AbortController()
    const samples = this.#sample(sampling.signal)
    try {
      await this.#harm(endMs, everyMs)
    } finally {
      sampling.abort()
      await samples
    }
  }

  async #harm(endMs: number, everyMs: number): Promise<void> {
    const kills = [() => this.#killNode(KILLED[0]), () => this.#killPeer(0), () => this.#killNode(KILLED[1]), () => this.#killPeer(1)]
    for (let turn = 0; Date.now() + everyMs < endMs; turn++) {
      await sleep(everyMs)
      await (kills[turn % kills.length] as () => Promise<void>)()
    }
    await sleep(Math.max(0, endMs - Date.now()))
    await this.#allRecorded()
    for (const { process } of this.#peers) await process.stop()
    await until(async () => (await this.#views()).every(({ live }) => !live), 'no camera is live any more', BACK_MS)
  }

  /** What the lasting node lists, and how the others differ from it. */
  async recordings(): Promise<{ lists: RecordingList[]; differences: string[] }> {
    const listsOf = (node: NodeProcess): Promise<RecordingList[]> => Promise.all(this.#cameras.map((id) => this.ring.get<RecordingList>(`${node.url}/api/v1/cameras/${id}/recordings?from=${this.#startedMs}&to=${Date.now() + 60_000}`)))
    const facts = (lists: RecordingList[]): string => JSON.stringify(lists.map(({ spans, gaps }) => [spans.map(({ session, startMs, endMs }) => [session, startMs, endMs]), gaps]))
    const lists = await listsOf(this.lasting)
    const differences: string[] = []
    for (const name of KILLED) {
      await until(async () => facts(await listsOf(this.ring.node(name))) === facts(await listsOf(this.lasting)), 'one list of recordings', BACK_MS).catch((err: Error) => differences.push(`${name}: ${err.message.slice(0, 200)}`))
    }
    return { lists: differences.length === 0 ? await listsOf(this.lasting) : lists, differences }
  }

  /** Answers nodes that would not stop when asked to. */
  async end(): Promise<string[]> {
    const ends = await Promise.all([...this.ring.nodes.values()].map(async ({ name, process }) => process.running && (await process.stop()).code !== 0 ? `${name} did not stop cleanly` : ''))
    await this.ring.end()
    return ends.filter((text) => text !== '')
  }

  async #begin(): Promise<void> {
    for (const name of [LASTING, ...KILLED]) await this.ring.begin(name)
    await this.ring.together(1 + KILLED.length)
    const film = join(this.dir, 'camera.mkv')
    await writeCameraFilm(film)
    for (let i = 0; i < PEERS; i++) {
      const cameras = this.#cameras.filter((_, at) => at % PEERS === i).map((name, at) => ({ name, source: at === 0 ? 'test?size=320x180' : `file:${film}` }))
      if (cameras.length === 0) continue
      const process = await this.ring.peer(cameras, this.lasting)
      this.#peers.push({ args: process.child.spawnargs.slice(2), process })
    }
    await this.#allRecorded()
  }

  async #views(): Promise<CameraView[]> {
    const { cameras } = await this.ring.get<{ cameras: CameraView[] }>(`${this.lasting.url}/api/v1/cameras`)
    return cameras.filter(({ id }) => this.#cameras.includes(id))
  }

  async #allRecorded(sinceMs = 0): Promise<void> {
    await until(async () => {
      const views = await this.#views()
      return views.length === this.#cameras.length && views.every(({ recording, lastDurableMs }) => recording && lastDurableMs > sinceMs)
    }, 'every camera is recorded', BACK_MS)
  }

  async #killNode(name: string): Promise<void> {
    await this.#harmed(`kill node ${name}`, () => this.ring.node(name).process.kill(), () => this.ring.begin(name))
  }

  async #killPeer(at: number): Promise<void> {
    const peer = this.#peers[at]
    if (peer === undefined) return
    await this.#harmed(`kill peer ${at + 1}`, () => peer.process.kill(), async () => { peer.process = await this.ring.again(peer.args) })
  }

  async #harmed(what: string, harm: () => Promise<unknown>, heal: () => Promise<unknown>): Promise<void> {
    const fromMs = Date.now()
    this.#tell(`${((fromMs - this.#startedMs) / 1000).toFixed(0).padStart(5)} s  ${what}`)
    await harm()
    await sleep(AWAY_MS)
    const healMs = Date.now()
    await heal()
    const readyMs = Date.now()
    await this.#allRecorded(readyMs)
    this.faults.push({ what, fromMs, toMs: Date.now() })
    const secondsUntil = (ms: number): string => ((ms - healMs) / 1000).toFixed(1)
    this.#tell(`         ready after ${secondsUntil(readyMs)} s, every camera recorded after ${secondsUntil(Date.now())} s`)
  }

  async #sample(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for (const { name, process } of [this.lasting]) this.memory.push({ name, bytes: residentBytes(process.child.pid as number) })
      await sleep(SAMPLE_MS, undefined, { signal }).catch(() => {})
    }
  }
}
