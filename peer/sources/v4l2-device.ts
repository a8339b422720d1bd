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

/** Finds the node of a camera by a lasting name. */
type Naming = (name: string) => Promise<string | undefined>

/**
 * Finds a camera again. One that was unplugged while a program held it open comes back under another number, and another camera may
 * have taken its own: so a camera given as `/dev/videoN` is known by its port and name from the first time it is seen. Any other
 * path (`/dev/v4l/by-id/…`) names the camera itself and is trusted; so does a bare name: that of such a link, or `usb-SERIAL`.
 */
export function v4l2Device(device: string, { classFolder = CLASS_FOLDER, deviceFolder = '/dev' } = {}): V4l2Device {
  if (!device.startsWith('/')) return namedDevice(device, byName({ classFolder, deviceFolder }))
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

function namedDevice(name: string, find: Naming): V4l2Device {
  let seen = false
  return {
    async locate() {
      const path = await find(name)
      if (path === undefined) return { missing: `${name} is ${seen ? 'gone: waiting for the camera to be plugged in again' : 'not there: waiting for the camera to be plugged in'}` }
      seen = true
      return { path }
    }
  }
}

/** As udev names cameras, by what they are and by where they are plugged in; and by the serial number alone, which needs no udev. */
function byName({ classFolder, deviceFolder }: { classFolder: string; deviceFolder: string }): Naming {
  return async (name) => {
    for (const links of ['by-id', 'by-path']) {
      const link = join(deviceFolder, 'v4l', links, name)
      if (await exists(link)) return link
    }
    const serial = /^usb-(.+)$/.exec(name)?.[1]
    if (serial === undefined) return undefined
    for (const node of (await readdir(classFolder).catch(() => [])).sort()) {
      const path = join(deviceFolder, node)
      if (await isFirstNode(join(classFolder, node)) && await serialOf(join(classFolder, node)) === serial && await exists(path)) return path
    }
    return undefined
  }
}

/** A camera has a node for its picture and often others for its metadata: the picture is the first. */
const isFirstNode = (folder: string): Promise<boolean> => readFile(join(folder, 'index'), 'utf8').then((index) => index.trim() === '0', () => false)

/** The serial number of the USB device a node belongs to: the device is the folder above the interface. */
export async function serialOf(folder: string): Promise<string | undefined> {
  try {
    const device = await realpath(join(folder, 'device'))
    return (await readFile(join(device, '..', 'serial'), 'utf8')).trim()
  } catch {
    return undefined // not on USB, or one without a serial number
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
