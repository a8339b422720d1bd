import type { Device } from '#protocols/media.ts'
import { discoverOnvif, type OnvifCamera } from '../sources/onvif/discover.ts'
import { device } from './device.ts'
import { type AlsaPlace, microphones } from './microphones.ts'
import { type DisplayPlace, screens } from './screens.ts'
import { v4l2Devices, type V4l2Place } from './v4l2-devices.ts'

/** Network cameras are looked for this often, in ms. @default 300000 */
export const DISCOVER_EVERY_MS = 300_000

/** What this machine could capture from. */
export interface Inventory {
  /** All that is here now; network cameras as of the last look. Never rejects. */
  devices(): Promise<Device[]>
  /** What cameras offer and are set to is asked anew with the next look. */
  forget(): void
}

export interface InventoryInit extends V4l2Place, AlsaPlace, DisplayPlace {
  /** Looks for network cameras; false for none. @default WS-Discovery on the LAN */
  discover?: (() => Promise<OnvifCamera[]>) | false
  /** Wait for the first look at the network. @default false */
  patient?: boolean
}

export function inventory(init: InventoryInit = {}): Inventory {
  const { discover = () => discoverOnvif(), patient = false } = init
  const local = v4l2Devices(init)
  let network: Device[] = []
  let lookedAt = -Infinity

  async function onNetwork(): Promise<Device[]> {
    if (discover === false || performance.now() - lookedAt < DISCOVER_EVERY_MS) return network
    lookedAt = performance.now()
    const look = discover().then((found) => { network = found.map(onvifDevice) }, () => {}) // what was found before is still likely
    if (patient) await look
    return network
  }

  return {
    async devices() {
      const lists = await Promise.all([local.devices(), screens(init), microphones(init), onNetwork()].map((list) => list.catch(() => [])))
      return lists.flat()
    },
    forget: () => local.forget()
  }
}

function onvifDevice({ endpoint, name, hardware, host }: OnvifCamera): Device {
  return device({ kind: 'onvif', source: `onvif://${host}`, name: [name, hardware].filter(Boolean).join(' ') || host, aliases: [endpoint] })
}
