import { access, constants, readdir, readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { Device } from '#protocols/media.ts'
import { serialOf } from '../sources/v4l2-device.ts'
import { device } from './device.ts'
import { type Abilities, v4l2Abilities } from './v4l2-abilities.ts'

export interface V4l2Place {
  /** @default /sys/class/video4linux */
  classFolder?: string
  /** @default /dev */
  deviceFolder?: string
  /** What a device can do and is set to; asked once while it stays plugged in, and when that is to be forgotten. @default its driver is asked */
  abilities?: (path: string) => Promise<Abilities>
}

/** Cameras with a Linux driver. */
export interface V4l2Devices {
  /** One per camera: nodes for its metadata are left out. */
  devices(): Promise<Device[]>
  forget(): void
}

export function v4l2Devices({ classFolder = '/sys/class/video4linux', deviceFolder = '/dev', abilities = v4l2Abilities }: V4l2Place = {}): V4l2Devices {
  const known = new Map<string, Promise<Abilities>>()

  async function look(node: string, links: ReadonlyMap<string, string[]>, here: Set<string>): Promise<Device[]> {
    const folder = join(classFolder, node)
    const path = join(deviceFolder, node)
    const read = (file: string): Promise<string> => readFile(join(folder, file), 'utf8').then((text) => text.trim(), () => '')
    const [name, index, serial] = await Promise.all([read('name'), read('index'), serialOf(folder)])
    if (index !== '0' && index !== '') return []
    const found = { kind: 'v4l2', source: `v4l2:${path}`, name, aliases: [...(serial === undefined ? [] : [`v4l2:usb-${serial}`]), ...(links.get(path) ?? []).map((link) => `v4l2:${link}`)] }
    const refused = await access(path, constants.R_OK | constants.W_OK).then(() => '', (err: NodeJS.ErrnoException) => (err.code === 'ENOENT' ? 'gone' : 'permission denied: add this user to the group "video"'))
    if (refused !== '') return [device({ ...found, state: 'refused', reason: refused })]
    const key = `${path} ${name}`
    const asked = known.get(key) ?? abilities(path)
    known.set(key, asked)
    here.add(key)
    const { modes, controls, now = null, reason } = await asked
    if (reason !== '') known.delete(key) // asked again next time
    if (reason !== '') return [device({ ...found, state: 'refused', reason })]
    return [device({ ...found, modes, controls, now })]
  }

  async function devices(): Promise<Device[]> {
    const nodes = (await readdir(classFolder).catch(() => [])).filter((node) => /^video\d+$/.test(node)).sort((a, b) => Number(a.slice(5)) - Number(b.slice(5)))
    const links = await lastingLinks(deviceFolder)
    const here = new Set<string>()
    const devices = (await Promise.all(nodes.map((node) => look(node, links, here)))).flat()
    for (const key of known.keys()) if (!here.has(key)) known.delete(key) // what was unplugged is asked anew
    const names = devices.flatMap(({ aliases }) => aliases)
    return devices.map((one) => ({ ...one, aliases: one.aliases.filter((name) => names.indexOf(name) === names.lastIndexOf(name)) })) // makers give many cameras the same serial number
  }

  return { devices, forget: () => known.clear() }
}

/** udev's names by the device they lead to. */
async function lastingLinks(deviceFolder: string): Promise<Map<string, string[]>> {
  const names = new Map<string, string[]>()
  for (const kind of ['by-id', 'by-path']) {
    const folder = join(deviceFolder, 'v4l', kind)
    for (const link of (await readdir(folder).catch(() => [])).sort()) {
      const path = await realpath(join(folder, link)).catch(() => '')
      names.set(path, [...(names.get(path) ?? []), link])
    }
  }
  return names
}
