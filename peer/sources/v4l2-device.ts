import { access, readdir, readFile, realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** Where Linux lists the nodes of its cameras. */
const CLASS_FOLDER = '/sys/class/video4linux'

/** A camera as the kernel knows it. */
interface Identity {
  /** Its device node. */
  readonly path: string
  /** What the driver calls it. */
  readonly name: string
  /** Which of the nodes of the camera. */
  readonly index: string
  /** The place it is plugged in at. */
  readonly port: string
  /** Of its USB device, when that has one. */
  readonly serial: string | undefined
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
 * have taken its own: so a camera given as `/dev/videoN` is known by its serial number, or by its port, and its name from the first time it is seen. Any other
 * path (`/dev/v4l/by-id/…`) names the camera itself and is trusted; so does a bare name: that of such a link, or `usb-SERIAL`.
 */
export function v4l2Device(device: string, { classFolder = CLASS_FOLDER, deviceFolder = '/dev' } = {}): V4l2Device {
  if (!device.startsWith('/')) return namedDevice(device, byName({ classFolder, deviceFolder }))
  const isNumbered = dirname(device) === deviceFolder && /^video\d+$/.test(basename(device))
  let known: Identity | undefined
  /** Where others with its serial number were plugged in beside it: makers give many cameras the same. */
  let twins: string[] = []
  let seen = false

  return {
    async locate() {
      const cameras = isNumbered ? await camerasIn(classFolder, deviceFolder) : []
      const here = cameras.find(({ path }) => path === device)
      if (known !== undefined && (here === undefined || !isSame(known, here, twins))) {
        const last = known
        const found = cameras.filter((other) => isSame(last, other, twins)).sort((a, b) => Number(b.port === last.port) - Number(a.port === last.port))[0]
        if (found !== undefined) {
          known = found
          return { path: found.path }
        }
      }
      if (!await exists(device)) return { missing: `${device} is ${seen ? 'gone: waiting for the camera to be plugged in again' : 'not there: waiting for the camera to be plugged in'}` }
      if (known !== undefined && here !== undefined && isAnother(known, here)) return { missing: `${device} is another camera now (${nameOf(here)}): waiting for ${nameOf(known)}` }
      known = here ?? known
      twins = cameras.filter((other) => other !== here && here?.serial !== undefined && other.serial === here.serial).map(({ port }) => port)
      seen = true
      return { path: device }
    }
  }
}

/** A serial number tells more than a port; what has none is told by its port. */
function isSame(known: Identity, other: Identity, twins: readonly string[]): boolean {
  const isThere = known.port === other.port
  const isIt = known.serial !== undefined && other.serial !== undefined ? known.serial === other.serial && (isThere || !twins.includes(other.port)) : isThere
  return isIt && known.name === other.name && known.index === other.index
}

const isAnother = (known: Identity, here: Identity): boolean => known.name !== here.name || (known.serial !== undefined && here.serial !== undefined && known.serial !== here.serial)
const nameOf = ({ name, serial }: Identity): string => (serial === undefined ? name : `${name}, serial ${serial}`)

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

/** All that are plugged in now. */
async function camerasIn(classFolder: string, deviceFolder: string): Promise<Identity[]> {
  const nodes = (await readdir(classFolder).catch(() => [])).sort()
  return (await Promise.all(nodes.map((node) => identityOf(join(classFolder, node), join(deviceFolder, node))))).filter((one) => one !== undefined)
}

async function identityOf(folder: string, path: string): Promise<Identity | undefined> {
  try {
    const [name, index, port, serial] = await Promise.all([readFile(join(folder, 'name'), 'utf8'), readFile(join(folder, 'index'), 'utf8'), realpath(join(folder, 'device')), serialOf(folder), access(path)])
    return { path, name: name.trim(), index: index.trim(), port, serial }
  } catch {
    return undefined // unplugged meanwhile, or a device without these
  }
}

const exists = (path: string): Promise<boolean> => access(path).then(() => true, () => false)
