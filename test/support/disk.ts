/** Small file systems that a test fills, breaks and takes away again. Linux and root only. */
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'

/** Size when nothing is wrong: a number only, memory is used for what is written. */
const ROOMY = '8g'

/** Why no file system can be mounted here, or undefined when one can. */
export function whyNoMounts(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'mounting needs Linux and root'
  return spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0 ? undefined : 'mounting is not allowed here'
}

/** @throws Error with what it said */
function run(command: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`)
}

/** @throws Error with what `mount` said */
export const mount = (...args: string[]): void => run('mount', ...args)

/** A process that begins to write a file between the bind and its being made read-only keeps it busy: then both are done anew, at most so often. @default 20 */
const TRIES = 20

/** A folder that can be read and not written from now on, but for files that are open already; `umount -l` takes it back. `act` throws, by default what `mount` said. */
export function bindReadOnly(path: string, act: (...words: string[]) => void = run): void {
  for (let tries = 1; ; tries++) {
    act('mount', '--bind', path, path)
    try {
      return act('mount', '-o', 'remount,bind,ro', path)
    } catch (err) {
      act('umount', '-l', path)
      if (tries === TRIES) throw err
    }
  }
}

/** A disk in memory, mounted on a folder. */
export class TestDisk {
  readonly path: string

  constructor(path: string) {
    this.path = path
    mkdirSync(path, { recursive: true })
    mount('-t', 'tmpfs', '-o', `size=${ROOMY}`, 'tmpfs', path)
  }

  /** Leave about this much room, in KiB. */
  fill(spareKiB: number): void {
    for (let spare = spareKiB; ; spare *= 2) { // it may not be made smaller than what is written to it meanwhile
      const used = Number(spawnSync('df', ['-k', '--output=used', this.path], { encoding: 'utf8' }).stdout.trim().split('\n').at(-1))
      try {
        return mount('-o', `remount,size=${used + spare}k`, this.path)
      } catch (err) {
        if (spare > 16 * spareKiB) throw err
      }
    }
  }

  free(): void { mount('-o', `remount,size=${ROOMY}`, this.path) }

  /** From now on it can be read and not written, but for files that are open already. */
  makeReadOnly(): void {
    bindReadOnly(this.path)
  }

  makeWritable(): void { spawnSync('umount', ['-l', this.path]) }

  remove(): void {
    while (spawnSync('umount', ['-l', this.path]).status === 0); // whatever lies over each other there
  }
}
