/** Real `thatdam` processes with their own folders, for tests that end them as a power cut would. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { CameraList, CameraView, DerivedList, ImportResult, InviteView, RingView } from '#protocols/http.ts'
import { until } from './until.ts'

const COMMAND = join(import.meta.dirname, '../../node/bin/thatdam.js')
/** Longest a process may take to be ready or to end, in ms. @default 90000 */
const PROCESS_MS = 90_000

/** Without one of them, nodes of a test look into nothing: it is not what is tested. */
const MODEL_FLAGS: readonly string[] = ['--models', '--model-mirror', '--inference-provider']

export interface Ended { readonly code: number | null; readonly stdout: string; readonly stderr: string }

/** One running `thatdam`, its lines of JSON, and how it ended. */
export class Thatdam {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  readonly events: Array<Record<string, unknown>> = []
  stderr = ''
  #stdout = ''

  constructor(args: readonly string[], wrapper: readonly string[] = []) {
    const [program = '', ...rest] = [...wrapper, process.execPath, COMMAND, ...args]
    this.child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.child.stderr?.on('data', (bytes) => { this.stderr += bytes })
    const { stdout } = this.child
    if (stdout !== null) {
      createInterface({ input: stdout }).on('line', (line) => {
        this.#stdout += `${line}\n`
        if (line.startsWith('{')) this.events.push(JSON.parse(line))
      })
    }
    this.ended = once(this.child, 'close').then(([code]) => ({ code, stdout: this.#stdout, stderr: this.stderr }))
  }

  get running(): boolean { return this.child.exitCode === null && this.child.signalCode === null }

  async event(name: string, match: (event: Record<string, unknown>) => boolean = () => true): Promise<Record<string, unknown>> {
    return until(() => {
      const found = this.events.find((event) => event['event'] === name && match(event))
      if (found === undefined && !this.running) throw new Error(`ended before ${name}: ${this.stderr}`)
      return found
    }, `event ${name} of ${this.child.spawnargs.slice(2).join(' ').slice(0, 120)}\n${this.stderr.slice(-2000)}`, PROCESS_MS)
  }

  /** End it as Ctrl-C would, and wait. */
  async stop(): Promise<Ended> {
    this.child.kill('SIGTERM')
    const timer = setTimeout(() => this.child.kill('SIGKILL'), PROCESS_MS)
    try { return await this.ended } finally { clearTimeout(timer) }
  }

  /** End it as a pulled plug would, and wait. */
  async kill(): Promise<Ended> {
    this.child.kill('SIGKILL')
    return this.ended
  }
}

/** Run a command to its end. */
export const run = (...args: string[]): Promise<Ended> => new Thatdam(args).ended

export interface NodeProcess {
  readonly name: string
  readonly url: string
  readonly peerId: string
  readonly process: Thatdam
}

/** A ring of `thatdam node` processes on loopback, in a folder of its own. */
export class TestRing {
  readonly nodes = new Map<string, NodeProcess>()
  readonly #others: Thatdam[] = []
  readonly dir: string
  private constructor(dir: string) { this.dir = dir }

  static async create(): Promise<TestRing> {
    return new TestRing(await mkdtemp(join(tmpdir(), 'thatdam-e2e-')))
  }

  node(name: string): NodeProcess {
    const node = this.nodes.get(name)
    if (node === undefined) throw new Error(`no node ${name}`)
    return node
  }

  /** Start a node: the first founds the ring, later ones join by an invite of any other; one that was there before just starts. */
  async begin(name: string, { wrapper = [], listen = '/ip4/127.0.0.1/tcp/0', http = '127.0.0.1:0', flags = [] }: { wrapper?: string[]; listen?: string; http?: string; flags?: string[] } = {}): Promise<NodeProcess> {
    const host = [...this.nodes.values()].find(({ process }) => process.running)
    const invite = host === undefined ? [] : ['--join', (await this.invite('node', host)).invite]
    const models = flags.some((flag) => MODEL_FLAGS.includes(flag)) ? [] : ['--inference-provider', 'none']
    const process = new Thatdam(['node', '--data', join(this.dir, name), '--name', name, '--zone', name, '--http', http, '--listen', listen, '--json', ...invite, ...models, ...flags], wrapper)
    this.#others.push(process)
    const ready = await process.event('ready')
    const node = { name, url: String(ready['http']), peerId: String(ready['peerId']), process }
    this.nodes.set(name, node)
    return node
  }

  /** Wait until every running node sees `count` alive. */
  async together(count: number): Promise<void> {
    for (const { url, process, name } of this.nodes.values()) {
      if (process.running) await until(async () => (await this.get<RingView>(`${url}/api/v1/ring`)).members.filter(({ alive }) => alive).length === count, `${name} sees ${count} alive`)
    }
  }

  invite(role: 'node' | 'peer', via: NodeProcess): Promise<InviteView> {
    return this.send<InviteView>('POST', `${via.url}/api/v1/invites`, { role })
  }

  async peer(cameras: Array<{ name: string; source: string }>, via: NodeProcess): Promise<Thatdam> {
    const { invite } = await this.invite('peer', via)
    return this.again(['peer', '--join', invite, ...cameras.flatMap(({ name, source }) => ['--camera', name, '--source', source]), '--http', '127.0.0.1:0', '--json'])
  }

  /** Run a command that says when it is ready; with the words of one that ran before it is the same machine again. */
  async again(args: readonly string[]): Promise<Thatdam> {
    const process = new Thatdam(args)
    this.#others.push(process)
    await process.event('ready')
    return process
  }

  /** Wait until all that is made of an asset in the background is there: nothing is added to the disks after that. */
  async allMade(id: string, via: NodeProcess): Promise<void> {
    await until(async () => (await this.get<DerivedList>(`${via.url}/api/v1/assets/${id}/derived`)).derived.every(({ state }) => state === 'made'), `all is made of ${id}`, PROCESS_MS)
  }

  async camera(id: string, via: NodeProcess): Promise<CameraView | undefined> {
    return (await this.get<CameraList>(`${via.url}/api/v1/cameras`)).cameras.find((camera) => camera.id === id)
  }

  /** The node (process) that records a camera now. */
  homeOf(camera: CameraView): NodeProcess {
    const node = [...this.nodes.values()].find(({ peerId }) => peerId === camera.node?.peerId)
    if (node === undefined) throw new Error(`${camera.id} is on no node of the test`)
    return node
  }

  async get<T>(url: string): Promise<T> {
    const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) })
    if (!answer.ok) throw new Error(`${answer.status} ${url}: ${await answer.text()}`)
    return await answer.json() as T
  }

  async send<T>(method: string, url: string, body: unknown): Promise<T> {
    const answer = await fetch(url, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal: AbortSignal.timeout(15_000) })
    if (!answer.ok) throw new Error(`${answer.status} ${url}: ${await answer.text()}`)
    return await answer.json() as T
  }

  async upload(via: NodeProcess, name: string, bytes: Uint8Array<ArrayBuffer>): Promise<{ results: ImportResult[] }> {
    const answer = await fetch(`${via.url}/api/v1/assets?name=${encodeURIComponent(name)}`, { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: bytes, signal: AbortSignal.timeout(30_000) })
    if (!answer.ok) throw new Error(`${answer.status} upload to ${via.name}: ${await answer.text()}`)
    return await answer.json() as { results: ImportResult[] }
  }

  async bytes(url: string): Promise<Buffer> {
    const answer = await fetch(url, { signal: AbortSignal.timeout(30_000) })
    if (!answer.ok) throw new Error(`${answer.status} ${url}: ${await answer.text()}`)
    return Buffer.from(await answer.arrayBuffer())
  }

  /** End everything and remove the folder. */
  async end(): Promise<void> {
    await Promise.all(this.#others.filter(({ running }) => running).map((process) => process.stop()))
    await rm(this.dir, { recursive: true, force: true })
  }
}
