/** A Linux kernel for virtual machines, with drivers that this machine's own kernel may lack; `.ci/virtual-machine` fetches one. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

/** Where `.ci/virtual-machine` puts it, unless THATDAM_TEST_KERNEL names another folder. */
export const KERNEL_FOLDER = process.env['THATDAM_TEST_KERNEL'] ?? '/var/cache/thatdam/kernel'

export interface KernelModule {
  /** With underscores, as the kernel calls it. */
  readonly name: string
  readonly bytes: Buffer
}

export interface GuestKernel {
  /** Path of the bootable image. */
  readonly image: string
  /** A static busybox. */
  readonly busybox: Buffer
  /** These modules and all they depend on, in the order in which they can be loaded. */
  modules(...names: string[]): KernelModule[]
}

/** Why there is no such kernel here, or undefined when there is. */
export function whyNoGuestKernel(): string | undefined {
  const there = ['boot', 'lib/modules', 'bin/busybox'].every((path) => existsSync(join(KERNEL_FOLDER, path)))
  return there ? undefined : `no kernel in ${KERNEL_FOLDER} (.ci/virtual-machine puts one there)`
}

/** Read it. @throws Error when a module or the image is not in the folder */
export function guestKernel(): GuestKernel {
  const files = readdirSync(KERNEL_FOLDER, { recursive: true, encoding: 'utf8' })
  const image = files.find((file) => basename(file).startsWith('vmlinuz-'))
  if (image === undefined) throw new Error(`no vmlinuz in ${KERNEL_FOLDER}`)
  const paths = new Map(files.filter((file) => file.endsWith('.ko')).map((file) => [moduleName(file), file]))

  function collect(name: string, into: Map<string, KernelModule>): void {
    if (into.has(name)) return
    const path = paths.get(name)
    if (path === undefined) throw new Error(`no module ${name} in ${KERNEL_FOLDER}`)
    const bytes = readFileSync(join(KERNEL_FOLDER, path))
    for (const needed of dependenciesOf(bytes)) collect(needed, into)
    into.set(name, { name, bytes })
  }

  return {
    image: join(KERNEL_FOLDER, image),
    busybox: readFileSync(join(KERNEL_FOLDER, 'bin/busybox')),
    modules(...names) {
      const found = new Map<string, KernelModule>()
      for (const name of names) collect(name, found)
      return [...found.values()]
    }
  }
}

const moduleName = (path: string): string => basename(path, '.ko').replaceAll('-', '_')

/** A module says in its `.modinfo` section what has to be loaded before it. */
function dependenciesOf(bytes: Buffer): string[] {
  const [, list = ''] = /\0depends=([^\0]*)\0/.exec(bytes.toString('latin1')) ?? []
  return list.split(',').filter((name) => name !== '').map(moduleName)
}
