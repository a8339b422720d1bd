/** Real nodes on machines of their own, a camera, and everything that has to be taken away again. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CameraList, InviteView, RingView } from '#protocols/http.ts'
import { type Answer, type Asked, Door } from '../support/door.ts'
import { Thatdam } from '../support/processes.ts'
import { TestNetwork } from '../support/test-network.ts'
import { until } from '../support/until.ts'
import { WallClock } from '../support/wall-clock.ts'

/** Where every node's page is, on its own machine. */
const HTTP_PORT = 8080
const CAMERA_MACHINE = 'lens'
/** What is recorded. */
export const CAMERA = 'porch'
/** Size of the small disk when nothing is wrong with it: a number only, memory is used for what is written. */
const DISK_SIZE = '8g'
const NAMES = ['alder', 'birch', 'cedar', 'dogwood', 'elm', 'fir', 'ginkgo', 'hazel']

export interface ClusterInit {
  nodes: number
  /** How long a silent node keeps its place, as `thatdam node --repair-after` takes it. */
  repairAfter: string
  /** How long nothing must have needed a chunk, as `thatdam node --garbage-grace` takes it. */
  garbageGrace: string
}

export class Cluster {
  readonly names: readonly string[]
  /** A machine that does not belong to the ring. */
  readonly spare: string
  /** The node whose data folder is a disk of its own. */
  readonly small: string
  readonly network: TestNetwork
  readonly dir = mkdtempSync(join(tmpdir(), 'thatdam-faults-'))
  /** Nodes that are down on purpose. */
  readonly down = new Set<string>()
  readonly #init: ClusterInit
  readonly #processes = new Map<string, Thatdam>()
  readonly #doors = new Map<string, Door>()
  readonly #clocks: ReadonlyMap<string, WallClock>
  #mounted = false
  readonly #atExit = (): void => this.#removeNow()

  constructor(init: ClusterInit) {
    if (init.nodes < 3 || init.nodes >= NAMES.length) throw new RangeError(`3 to ${NAMES.length - 1} nodes, not ${init.nodes}`)
    this.#init = init
    this.names = NAMES.slice(0, init.nodes)
    this.spare = NAMES[init.nodes] as string
    this.small = this.names.at(-1) as string
    this.#clocks = new Map([...this.names, this.spare].map((name) => [name, new WallClock(join(this.dir, `${name}.clock`))]))
    process.once('exit', this.#atExit)
    this.network = new TestNetwork([...this.names, this.spare, CAMERA_MACHINE])
  }

  /** Start all nodes and the camera; resolves when everybody sees everybody and the camera is recorded. */
  async start(): Promise<void> {
    this.#mountSmallDisk()
    for (const name of [...this.names, this.spare]) this.#doors.set(name, await Door.open(this.#on(name), join(this.dir, `${name}.socket`), HTTP_PORT))
    const [first = '', ...others] = this.names
    await this.begin(first)
    for (const name of others) await this.begin(name, await this.invite('node'))
    await this.together()
    const camera = new Thatdam(['peer', '--join', await this.invite('peer'), '--camera', CAMERA, '--source', 'test?size=320x180', '--http', '127.0.0.1:0', '--json'], this.#on(CAMERA_MACHINE))
    this.#processes.set(CAMERA_MACHINE, camera)
    await camera.event('ready')
    await until(async () => (await this.cameras(first)).cameras.some(({ lastDurableMs }) => lastDurableMs > 0), 'the camera is recorded')
  }

  clockOf(name: string): WallClock { return this.#clocks.get(name) as WallClock }
  dataOf(name: string): string { return join(this.dir, name) }
  /** Whether a node's disk has a file of that chunk (SHA-256, hex). */
  holds(name: string, chunk: string): boolean { return existsSync(join(this.dataOf(name), 'chunks', chunk.slice(0, 2), chunk)) }
  process(name: string): Thatdam {
    const found = this.#processes.get(name)
    if (found === undefined) throw new Error(`no process on ${name}`)
    return found
  }

  /** Nothing happens when it runs. */
  async begin(name: string, invite?: string): Promise<void> {
    if (this.#processes.get(name)?.running === true) return
    const started = new Thatdam([
      'node', '--data', this.dataOf(name), '--name', name, '--zone', name, '--http', `127.0.0.1:${HTTP_PORT}`, '--listen', `/ip4/${this.network.address(name)}/tcp/4001`,
      '--repair-after', this.#init.repairAfter, '--garbage-grace', this.#init.garbageGrace, '--no-mdns', '--json', ...(invite === undefined ? [] : ['--join', invite])
    ], [...this.#on(name), ...this.clockOf(name).wrapper])
    this.#processes.set(name, started)
    await started.event('ready')
    this.down.delete(name)
  }

  /** SIGKILL. */
  async kill(name: string): Promise<void> {
    this.down.add(name)
    await this.process(name).kill()
  }

  /** As a person would who shuts the machine down. */
  async stop(name: string): Promise<void> {
    this.down.add(name)
    await this.process(name).stop()
  }

  /** Stop it and forget that it ever was. */
  async remove(name: string): Promise<void> {
    await this.stop(name)
    this.#processes.delete(name)
    rmSync(this.dataOf(name), { recursive: true, force: true })
  }

  async stopCamera(): Promise<void> { await this.process(CAMERA_MACHINE).stop() }

  /** Nodes that ended although nobody asked them to, and what they said last. */
  crashed(): string[] {
    return this.names.filter((name) => !this.down.has(name) && !this.process(name).running).map((name) => `${name} ended by itself: ${this.process(name).stderr.slice(-1500)}`)
  }

  ask(name: string, asked: Asked): Promise<Answer> {
    const door = this.#doors.get(name)
    if (door === undefined) throw new Error(`no door to ${name}`)
    return door.ask({ ...asked, path: `/api/v1${asked.path}` })
  }

  /** @throws Error with the answer when it is no 2xx */
  async json<T>(name: string, path: string): Promise<T> {
    const { status, body } = await this.ask(name, { path })
    if (status < 200 || status > 299) throw new Error(`${name} answers ${status} to ${path}: ${body.toString().slice(0, 300)}`)
    return JSON.parse(body.toString()) as T
  }

  ring(name: string): Promise<RingView> { return this.json(name, '/ring') }
  cameras(name: string): Promise<CameraList> { return this.json(name, '/cameras') }

  /** Wait until every node sees all nodes alive. @throws Error after 60 s */
  async together(): Promise<void> {
    for (const name of this.names) {
      await until(async () => (await this.ring(name)).members.filter(({ alive }) => alive).length === this.names.length, `${name} sees ${this.names.length} nodes`, 60_000)
    }
  }

  /** Leave the small disk about this much room, in KiB. */
  fillSmallDisk(spareKiB: number): void {
    const path = this.dataOf(this.small)
    for (let spare = spareKiB; ; spare *= 2) { // it may not be made smaller than what is written to it meanwhile
      const used = Number(spawnSync('df', ['-k', '--output=used', path], { encoding: 'utf8' }).stdout.trim().split('\n').at(-1))
      try {
        return mount('-o', `remount,size=${used + spare}k`, path)
      } catch (err) {
        if (spare > 16 * spareKiB) throw err
      }
    }
  }
  emptySmallDisk(): void { mount('-o', `remount,size=${DISK_SIZE}`, this.dataOf(this.small)) }

  /** End everything and leave nothing behind. Answers nodes that would not stop when asked to. */
  async end(): Promise<string[]> {
    for (const { child } of this.#processes.values()) child.kill('SIGCONT')
    const ends = await Promise.all([...this.#processes].map(async ([name, started]) => (started.running && (await started.stop()).code === null ? `${name} did not stop when asked to` : '')))
    process.off('exit', this.#atExit)
    this.#removeNow()
    return ends.filter((text) => text !== '')
  }

  #removeNow(): void {
    for (const { child, running } of this.#processes.values()) if (running) child.kill('SIGKILL')
    for (const door of this.#doors.values()) door.close()
    this.network?.remove()
    if (this.#mounted) spawnSync('umount', ['-l', this.dataOf(this.small)])
    rmSync(this.dir, { recursive: true, force: true })
  }

  #mountSmallDisk(): void {
    mkdirSync(this.dataOf(this.small))
    mount('-t', 'tmpfs', '-o', `size=${DISK_SIZE}`, 'tmpfs', this.dataOf(this.small))
    this.#mounted = true
  }

  /** Whatever runs on the machine also ends when this process does, however that ends. */
  #on(name: string): string[] { return [...DIE_WITH_PARENT, ...this.network.on(name)] }

  /** Of any node that runs, but not of this one. @throws Error when none gives one */
  async invite(role: 'node' | 'peer', but?: string): Promise<string> {
    const hosts = this.names.filter((name) => name !== but && !this.down.has(name) && this.#processes.has(name))
    let failure: unknown
    for (const host of hosts) {
      try {
        return await this.#inviteOf(host, role)
      } catch (err) {
        failure = err
      }
    }
    throw failure
  }

  async #inviteOf(host: string, role: 'node' | 'peer'): Promise<string> {
    const { status, body } = await this.ask(host, { method: 'POST', path: '/invites', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ role }) })
    if (status !== 201) throw new Error(`no invite: ${body.toString()}`)
    return (JSON.parse(body.toString()) as InviteView).invite
  }
}

const DIE_WITH_PARENT = spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0 ? ['setpriv', '--pdeathsig', 'KILL'] : []

function mount(...args: string[]): void {
  const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`mount ${args.join(' ')}: ${stderr}`)
}
