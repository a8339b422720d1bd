/** A real file system whose power can be cut: what was not fsynced is gone, as on a machine whose plug is pulled. Linux and root only. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mount } from './disk.ts'

const SIZE_BYTES = 2 * 1024 ** 3 // sparse: only what is written takes room

/** EXT4_IOC_SHUTDOWN with NOLOGFLUSH: the file system stops where it stands; neither data nor journal that wait in memory are written. */
const SHUTDOWN = 'import fcntl,os,struct,sys\nfcntl.ioctl(os.open(sys.argv[1],os.O_RDONLY),0x8004587D,struct.pack("I",2))'

export class PowerCutDisk {
  readonly path: string
  readonly #dir = mkdtempSync(join(tmpdir(), 'thatdam-power-'))
  #image: string
  #boots = 0

  constructor() {
    this.path = join(this.#dir, 'disk')
    this.#image = join(this.#dir, 'image')
    writeFileSync(this.#image, '')
    truncateSync(this.#image, SIZE_BYTES)
    mkdirSync(this.path)
    run('mkfs.ext4', '-q', '-F', '-E', 'lazy_itable_init=1,lazy_journal_init=1', this.#image)
    this.#mount()
  }

  /** From here on nothing reaches the disk. Whoever writes gets EIO. */
  cut(): void { run('/usr/bin/python3', '-c', SHUTDOWN, this.path) }

  /** The power is back, as at boot: what had reached the disk is mounted, and its journal replayed. Whoever has files of before open keeps those. */
  restore(): void {
    run('umount', '-l', this.path)
    const before = this.#image // its file system may live on, dead, as long as anybody on this machine looks at it
    this.#image = join(this.#dir, `image${++this.#boots}`)
    run('cp', '--sparse=always', before, this.#image)
    rmSync(before)
    this.#mount()
  }

  remove(): void {
    spawnSync('umount', ['-l', this.path])
    rmSync(this.#dir, { recursive: true, force: true })
  }

  #mount(): void { mount('-o', 'loop', this.#image, this.path) }
}

/** Why the power of a disk can not be cut here, or undefined when it can. */
export function whyNoPowerCuts(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'cutting the power of a disk needs Linux and root'
  let disk: PowerCutDisk | undefined
  try {
    disk = new PowerCutDisk()
    writeFileSync(join(disk.path, 'forgotten'), 'never fsynced')
    disk.cut()
    disk.restore()
    return undefined
  } catch (err) {
    return `the power of a disk can not be cut here: ${(err as Error).message.trim().split('\n')[0]}`
  } finally {
    disk?.remove()
  }
}

function run(program: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program}: ${error?.message ?? stderr}`)
}
