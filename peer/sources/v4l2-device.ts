import { access, readdir, readFile, realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** Where Linux lists the nodes of its cameras. */
const CLASS_FOLDER = '/sys/class/video4linux'

/** A camera as the kernel knows it. */
interface Identity {
  /** What the driver calls it. */
  readonly name: string
  /** The place it is plugged in at, and which of the nodes there. */
  readonly port: string
}

/** What to open now, or why there is nothing. */
export type Located = { readonly path: string } | { readonly missing: string }

export interface V4l2Device {
  /** The same camera as last time, under whatever number it has now. */
  locate(): Promise<Located>
}

/**
 * Finds a camera again. One that was unplugged while a program held it open comes back under another number, and another camera may
 * have taken its own: so a camera given as `/dev/videoN` is known by its port and name from the first time it is seen. Any other
 * path (`/dev/v4l/by-id/…`) names the camera itself and is trusted.
 */
export function v4l2Device(device: string, { classFolder = CLASS_FOLDER, deviceFolder = '/dev' } = {}): V4l2Device {
  const node = dirname(device) === deviceFolder && /^video\d+$/.test(basename(device)) ? basename(device) : undefined
  let known: Identity | undefined
  let seen = false

  async function sameCamera(): Promise<string | undefined> {
    for (const other of await readdir(classFolder).catch(() => [])) {
      const found = await identityOf(classFolder, other)
      const path = join(deviceFolder, other)
      if (found?.port === known?.port && found?.name === known?.name && await exists(path)) return path
    }
    return undefined
  }

  return {
    async locate() {
      const there = await exists(device)
      const now = there && node !== undefined ? await identityOf(classFolder, node) : undefined
      if (known !== undefined && now?.port !== known.port) {
        const path = await sameCamera()
        if (path !== undefined) return { path }
      }
      if (!there) return { missing: `${device} is ${seen ? 'gone: waiting for the camera to be plugged in again' : 'not there: waiting for the camera to be plugged in'}` }
      if (known !== undefined && now !== undefined && now.name !== known.name) return { missing: `${device} is another camera now (${now.name}): waiting for ${known.name}` }
      known = now ?? known
      seen = true
      return { path: device }
    }
  }
}

async function identityOf(classFolder: string, node: string): Promise<Identity | undefined> {
  const folder = join(classFolder, node)
  try {
    const [name, index, port] = await Promise.all([readFile(join(folder, 'name'), 'utf8'), readFile(join(folder, 'index'), 'utf8'), realpath(join(folder, 'device'))])
    return { name: name.trim(), port: `${port} ${index.trim()}` }
  } catch {
    return undefined // unplugged meanwhile, or a device without these
  }
}

const exists = (path: string): Promise<boolean> => access(path).then(() => true, () => false)
