/** A disk that is slow to sync, or fails to, for one process: what `strace` does to its system calls, from outside. Linux and root only. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'

/** The calls by which a process makes sure that something is on its disk. */
const SYNCS = 'fsync,fdatasync'

/** Why it can not be done here, or undefined when it can. */
export function whyNoSickDisk(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'harming the system calls of another process needs Linux and root'
  if (spawnSync('strace', ['-V']).status !== 0) return 'the command `strace` is not installed'
  return spawnSync('strace', ['-f', '-o', '/dev/null', '-e', `trace=${SYNCS}`, '-e', `inject=${SYNCS}:delay_enter=1`, 'true']).status === 0 ? undefined : 'tracing another process is not allowed here'
}

/** From its making until `heal`, each sync of a process is harmed, and those of all its threads. */
export class SickDisk {
  readonly #strace: ChildProcess
  readonly #attached: Promise<void>

  private constructor(pid: number, harm: string) {
    this.#strace = spawn('strace', ['-f', '-p', String(pid), '-o', '/dev/null', '-e', `trace=${SYNCS}`, '-e', `inject=${SYNCS}:${harm}`], { stdio: ['ignore', 'ignore', 'pipe'] })
    this.#attached = new Promise((resolve, reject) => {
      let said = ''
      this.#strace.stderr?.on('data', (bytes) => {
        said += bytes
        if (said.includes('attached')) resolve()
      })
      this.#strace.once('close', () => reject(new Error(`strace: ${said}`)))
    })
  }

  /** Every sync takes this much longer, in ms. */
  static slow(pid: number, ms: number): Promise<SickDisk> { return SickDisk.#attach(pid, `delay_enter=${ms * 1_000}`) }

  /** No sync is carried out: each answers EIO. */
  static failing(pid: number): Promise<SickDisk> { return SickDisk.#attach(pid, 'error=EIO') }

  static async #attach(pid: number, harm: string): Promise<SickDisk> {
    const disk = new SickDisk(pid, harm)
    await disk.#attached
    return disk
  }

  async heal(): Promise<void> {
    if (this.#strace.exitCode !== null) return
    const closed = once(this.#strace, 'close')
    this.#strace.kill('SIGINT')
    await closed
  }
}
