/**
 * A small Linux machine with a kernel of its own (QEMU), for drivers this machine does not have. It sees this machine's files, read
 * only, and this machine's loopback as its own: what listens on 127.0.0.1 here is reached there under the same address. Its processor
 * is always emulated: slow, but the same on every machine (KVM inside a virtual machine may be there and hang).
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { guestKernel, whyNoGuestKernel } from './guest-kernel.ts'
import { initramfs } from './initramfs.ts'
import { until } from './until.ts'

const QEMU = 'qemu-system-x86_64'
/** Longest the machine may take to be ready, in ms. @default 180000 */
export const BOOT_MS = 180_000
/** Longest a command in it may take, in ms. @default 120000 */
export const COMMAND_MS = 120_000
const MEMORY_MB = 1_024
/** What the machine needs to see this one's files and network. */
const OWN_MODULES = ['virtio_pci', '9pnet_virtio', '9p', 'virtio_net']
/** The safeguards are for processors that guess, which an emulated one does not: without them it is a third faster. */
const KERNEL_FLAGS = 'console=ttyS1 panic=-1 quiet mitigations=off no5lvl init_on_alloc=0 audit=0 lsm= randomize_kstack_offset=off'
/** Without protection keys, behind which V8 keeps its code pages: on an emulated processor it has ended over its own check of those pages. */
const CPU = 'max,pku=off'
const DONE = 'command-done'

/** Why there can be no virtual machine here, or undefined when there can. */
export function whyNoVirtualMachine(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'virtual machines are made for Linux on x86-64'
  for (const program of [QEMU, 'setpriv']) {
    if (spawnSync(program, ['--version']).error !== undefined) return `${program} is not installed`
  }
  return whyNoGuestKernel()
}

export class VirtualMachine {
  /** A folder of both machines, under the same path; removed by stop(). */
  readonly folder: string
  /** Milliseconds from power-on to the first command. */
  bootMs = 0
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  readonly #output: string[] = []
  #stderr = ''

  private constructor(folder: string, child: ChildProcess) {
    this.folder = folder
    this.#child = child
    this.#ended = once(child, 'close')
    child.stderr?.on('data', (bytes: Buffer) => { this.#stderr = (this.#stderr + bytes).slice(-2_000) })
    if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', (line) => this.#output.push(line))
  }

  /** Power on; `drivers` can be loaded with load(). @throws Error with the machine's last words when it does not come up */
  static async boot({ drivers = [] }: { drivers?: readonly string[] } = {}): Promise<VirtualMachine> {
    const folder = mkdtempSync(join(tmpdir(), 'thatdam-vm-'))
    const { image, busybox, modules } = guestKernel()
    const all = modules(...OWN_MODULES, ...drivers)
    writeFileSync(join(folder, 'initramfs'), initramfs([
      { path: 'bin/busybox', bytes: busybox },
      { path: 'init', bytes: Buffer.from(initScript(folder, all.map(({ name }) => name).filter((name) => !drivers.includes(name)))) },
      ...all.map(({ name, bytes }) => ({ path: `modules/${name}.ko`, bytes }))
    ], ['dev', 'proc', 'sys', 'host']))
    const startedMs = performance.now()
    // the machine dies with the test, however that ends
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', QEMU, ...machineFlags(folder, image)], { stdio: ['pipe', 'pipe', 'pipe'] })
    const machine = new VirtualMachine(folder, child)
    try {
      await machine.#until(0, BOOT_MS, 'boot')
    } catch (err) {
      await machine.stop()
      throw err
    }
    machine.bootMs = Math.round(performance.now() - startedMs)
    return machine
  }

  /** Run a line of shell as root among this machine's files; answers what it printed. @throws Error when it fails */
  async run(command: string): Promise<string> {
    return this.#type(`chroot /host /bin/sh -c ${quoted(command)}`)
  }

  /** Start a program that goes on. */
  async start(name: string, words: readonly string[]): Promise<GuestProgram> {
    const files = join(this.folder, name)
    const command = `echo $$ >${files}.pid; exec ${words.map(quoted).join(' ')}`
    await this.run(`(/bin/sh -c ${quoted(command)} </dev/null >${files}.out 2>${files}.err; echo $? >${files}.code) &`)
    return new GuestProgram(this, files)
  }

  /** Load one of the drivers named at boot. */
  async load(driver: string, parameters = ''): Promise<void> {
    await this.#type(`insmod /modules/${driver}.ko ${parameters}`)
  }

  /** Power off, and remove the folder. */
  async stop(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
    await rm(this.folder, { recursive: true, force: true })
  }

  async #type(line: string): Promise<string> {
    const from = this.#output.length
    this.#child.stdin?.write(`${line}\n`)
    return this.#until(from, COMMAND_MS, line)
  }

  /** Lines since `from` up to the mark that ends each command. */
  async #until(from: number, withinMs: number, what: string): Promise<string> {
    const mark = (): number => this.#output.findIndex((line, i) => i >= from && line.startsWith(DONE))
    await until(() => mark() >= 0 || !this.#running, what, withinMs).catch(() => {})
    const end = mark()
    const text = this.#output.slice(from, end < 0 ? undefined : end).join('\n')
    if (end < 0) throw new Error(`${what}: no answer from the virtual machine: ${text}\n${this.#stderr}${this.#console()}`)
    if (this.#output[end] !== `${DONE} 0`) throw new Error(`${what}: ${text} (${this.#output[end]})`)
    return text
  }

  #console(): string {
    try { return readFileSync(join(this.folder, 'console'), 'utf8').slice(-3_000) } catch { return '' }
  }

  get #running(): boolean { return this.#child.exitCode === null && this.#child.signalCode === null }
}

/** A program in a virtual machine, seen through the folder both share. */
export class GuestProgram {
  readonly #machine: VirtualMachine
  readonly #files: string
  constructor(machine: VirtualMachine, files: string) {
    this.#machine = machine
    this.#files = files
  }

  /** What it printed so far, in whole lines. */
  lines(): string[] {
    return this.#read('out').split('\n').slice(0, -1)
  }

  /** How it ended and what it said then; undefined while it runs. */
  ended(): string | undefined {
    const code = this.#read('code')
    return code === '' ? undefined : `ended with ${code.trim()}: ${this.#read('err').slice(-2_000)}`
  }

  /** End it as Ctrl-C would; answers its exit code. */
  async end(withinMs = COMMAND_MS): Promise<number> {
    await this.#machine.run(`kill -TERM ${this.#read('pid').trim()}`)
    return Number(await until(() => this.#read('code').trim(), 'the program ends', withinMs))
  }

  #read(kind: string): string {
    try { return readFileSync(`${this.#files}.${kind}`, 'utf8') } catch { return '' }
  }
}

function machineFlags(folder: string, image: string): string[] {
  const share = (tag: string, path: string, options: string): string[] => ['-fsdev', `local,id=${tag},path=${path},security_model=none${options}`, '-device', `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`]
  return [
    '-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-m', String(MEMORY_MB), '-smp', '2', '-accel', 'tcg', '-cpu', CPU,
    '-kernel', image, '-initrd', join(folder, 'initramfs'), '-append', KERNEL_FLAGS, '-serial', 'stdio', '-serial', `file:${join(folder, 'console')}`,
    '-netdev', 'user,id=net', '-device', 'virtio-net-pci,netdev=net,romfile=', ...share('host', '/', ',readonly=on,multidevs=remap'), ...share('folder', folder, '')
  ]
}

/** What the machine does first. Its loopback stays down: packets to 127.0.0.0/8 leave through the virtual card, and QEMU takes them to this machine's loopback. */
function initScript(folder: string, modules: readonly string[]): string {
  return `#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t devtmpfs dev /dev && mount -t proc proc /proc && mount -t sysfs sys /sys
exec </dev/ttyS0 >/dev/ttyS0 2>&1
stty raw -echo
for module in ${modules.join(' ')}; do insmod /modules/$module.ko; done
mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=loose,ro host /host
mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000 folder /host${folder}
for name in dev proc sys; do mount --bind /$name /host/$name; done
echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet
ip link set eth0 up && ip addr add 10.0.2.15/24 dev eth0 && ip route add default via 10.0.2.2 && ip route add 127.0.0.0/8 via 10.0.2.2
export PATH=/usr/sbin:/usr/bin:/sbin:/bin TMPDIR=${folder}
code=$?
while :; do
  echo "${DONE} $code"
  read -r line
  eval "$line"
  code=$?
done
`
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
