import { readdir } from 'node:fs/promises'
import type { Device } from '#protocols/media.ts'
import { device } from './device.ts'

export interface DisplayPlace {
  /** Where X servers of this machine listen. @default /tmp/.X11-unix */
  displayFolder?: string
}

/** X displays of this machine. Whether we may look at one shows when it is tried. */
export async function screens({ displayFolder = '/tmp/.X11-unix' }: DisplayPlace = {}): Promise<Device[]> {
  const displays = (await readdir(displayFolder).catch(() => [])).flatMap((name) => /^X(\d+)$/.exec(name)?.[1] ?? [])
  return displays.sort((a, b) => Number(a) - Number(b)).map((display) => device({ kind: 'screen', source: `screen:${display}`, name: `display :${display}` }))
}
