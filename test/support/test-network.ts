/** Machines on a network of their own: Linux network namespaces around one switch, made and removed by the test. */
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { type CableFaults, type SlowCable, slowCable } from './slow-cable.ts'

const execute = promisify(execFile)

/** Why there can be no such network here, or undefined when there can. */
export function whyNoNetwork(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'network namespaces need Linux and root'
  if (spawnSync('ip', ['-V']).error !== undefined) return 'the command `ip` (iproute2) is not installed'
  const probe = `td${randomBytes(3).toString('hex')}`
  if (spawnSync('ip', ['netns', 'add', probe]).status !== 0) return 'network namespaces are not allowed here'
  spawnSync('ip', ['netns', 'del', probe])
  return undefined
}

/** Why packets between two machines can not be dropped in one direction here, or undefined when they can. */
export function whyNoBlocking(): string | undefined {
  if (spawnSync('nft', ['--version']).error !== undefined) return 'the command `nft` (nftables) is not installed'
  return spawnSync('unshare', ['-n', 'nft', 'add table inet cut']).status === 0 ? undefined : 'nftables does not work here'
}

/** Why a cable can not be narrowed here, or undefined when it can. */
export function whyNoTokenBucket(): string | undefined {
  return spawnSync('unshare', ['-n', 'tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'tbf', 'rate', '1mbit', 'burst', '64kb', 'latency', '300ms']).status === 0 ? undefined : 'a narrow link needs tc (iproute2) and the token bucket filter'
}

export class TestNetwork {
  readonly #prefix = `td${randomBytes(3).toString('hex')}`
  readonly #names: readonly string[]
  readonly #cables: SlowCable[] = []

  constructor(names: readonly string[]) {
    this.#names = names
    const hub = this.#ns('hub')
    ip('netns', 'add', hub)
    ip('-n', hub, 'link', 'add', 'br0', 'type', 'bridge')
    ip('-n', hub, 'link', 'set', 'br0', 'type', 'bridge', 'mcast_snooping', '0') // multicast reaches every port
    ip('-n', hub, 'link', 'set', 'br0', 'up')
    for (const name of names) this.#plug(name)
  }

  /** The machine's address. */
  address(name: string): string {
    return `10.77.0.${this.#names.indexOf(name) + 2}`
  }

  /** Words to put before a command so that it runs on this machine. */
  on(name: string): string[] {
    return ['ip', 'netns', 'exec', this.#ns(name)]
  }

  /** Pull the machine's cable. */
  cut(name: string): void {
    ip('-n', this.#ns('hub'), 'link', 'set', `p${this.#names.indexOf(name)}`, 'down')
  }

  heal(name: string): void {
    ip('-n', this.#ns('hub'), 'link', 'set', `p${this.#names.indexOf(name)}`, 'up')
  }

  /** Nothing that `from` sends arrives at `to` any more; the other way stays open. Needs nftables. */
  block(from: string, to: string): void {
    const machine = this.on(to)
    inside(machine, 'nft', 'add table inet cut')
    inside(machine, 'nft', 'add chain inet cut input { type filter hook input priority 0 ; }')
    inside(machine, 'nft', `add rule inet cut input ip saddr ${this.address(from)} drop`)
  }

  /** Everything arrives again at every machine. */
  unblock(): void {
    for (const name of this.#names) spawnSync('ip', [...this.on(name).slice(1), 'nft', 'delete table inet cut'], { stdio: 'ignore' })
  }

  /** From now on the machine's cable delays and loses; the answer mends it. */
  async slow(name: string, faults: CableFaults): Promise<() => Promise<void>> {
    return (await this.cable(name, faults)).mend
  }

  /** The same, and the way to change it meanwhile. */
  async cable(name: string, { delayMs, lossPercent }: CableFaults): Promise<SlowCable> {
    const cable = await slowCable(this.#ns('hub'), { port: `p${this.#names.indexOf(name)}`, bridge: 'br0', delayMs, lossPercent })
    this.#cables.push(cable)
    return cable
  }

  /** From now on this many bits per second pass the machine's cable in each direction; the answer takes the limit away. */
  narrow(name: string, bitsPerSecond: number): () => void {
    const port = `p${this.#names.indexOf(name)}`
    const ends = [[this.#ns(name), 'eth0'], [this.#ns('hub'), port]] as const
    const tc = (namespace: string, ...words: string[]): void => { execFileSync('tc', ['-n', namespace, 'qdisc', ...words], { stdio: ['ignore', 'ignore', 'inherit'] }) }
    for (const [namespace, device] of ends) tc(namespace, 'add', 'dev', device, 'root', 'tbf', 'rate', `${bitsPerSecond}bit`, 'burst', '64kb', 'latency', '300ms')
    return () => { for (const [namespace, device] of ends) tc(namespace, 'del', 'dev', device, 'root') }
  }

  /** An HTTP request made on the machine itself. @throws Error with the answer when it is no 2xx */
  async request<T>(name: string, method: string, url: string, body?: unknown): Promise<T> {
    return JSON.parse(await this.ask(name, { method, url, body })) as T
  }

  /** The same, answered as text. */
  async ask(name: string, { method, url, body, token = '' }: { method: string; url: string; body?: unknown; token?: string }): Promise<string> {
    const program = `const [m,u,t,b]=process.argv.slice(1);const h={...(t?{authorization:'Bearer '+t}:{}),...(b?{'content-type':'application/json'}:{})};const r=await fetch(u,{method:m,headers:h,signal:AbortSignal.timeout(15000),...(b?{body:b}:{})});process.stdout.write(await r.text());if(!r.ok)process.exitCode=1`
    const [ip_ = '', ...rest] = this.on(name)
    const { stdout } = await execute(ip_, [...rest, process.execPath, '--input-type=module', '-e', program, method, url, token, ...(body === undefined ? [] : [JSON.stringify(body)])], { maxBuffer: 16 << 20 })
    return stdout
  }

  remove(): void {
    for (const cable of this.#cables) cable.remove()
    for (const name of [...this.#names, 'hub']) spawnSync('ip', ['netns', 'del', this.#ns(name)])
  }

  #ns(name: string): string { return `${this.#prefix}-${name}` }

  #plug(name: string): void {
    const machine = this.#ns(name)
    const port = `p${this.#names.indexOf(name)}`
    ip('netns', 'add', machine)
    ip('-n', machine, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', port, 'netns', this.#ns('hub'))
    ip('-n', this.#ns('hub'), 'link', 'set', port, 'master', 'br0', 'up')
    ip('-n', machine, 'addr', 'add', `${this.address(name)}/24`, 'dev', 'eth0')
    for (const device of ['lo', 'eth0']) ip('-n', machine, 'link', 'set', device, 'up')
    ip('-n', machine, 'route', 'add', 'default', 'dev', 'eth0') // multicast needs a route, too
  }
}

function inside(machine: readonly string[], program: string, words: string): void {
  ip(...machine.slice(1), program, words)
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'inherit'] })
}
