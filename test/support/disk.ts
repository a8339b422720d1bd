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

/** @throws Error with what `mount` said */
export function mount(...args: string[]): void {
  const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`mount ${args.join(' ')}: ${stderr}`)
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
    mount('--bind', this.path, this.path)
    mount('-o', 'remount,bind,ro', this.path)
  }

  makeWritable(): void { spawnSync('umount', ['-l', this.path]) }

  remove(): void {
    while (spawnSync('umount', ['-l', this.path]).status === 0); // whatever lies over each other there
  }
}
