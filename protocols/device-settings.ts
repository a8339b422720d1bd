/** What is set in a camera's device: as the API has it, and as it travels. Pure. */
import type { DeviceSettings } from './cameras.ts'
import type { DeviceOrder } from './media.ts'

/** Format, size and rate as the machine of the camera chooses. */
export const AUTO_FORMAT = 'auto'

/** What is set after a change; the same settings are always written the same. */
export function settingsAfter(before: DeviceSettings, { format, controls, ...size }: DeviceSettings): DeviceSettings {
  const { controls: set = {}, ...mode } = before
  const kept = format === AUTO_FORMAT ? {} : { ...mode, ...(format !== undefined && { format }) }
  const all = { ...set, ...controls }
  return settingsOf(deviceOrderOf({ ...kept, ...size, controls: all }))
}

export function deviceOrderOf({ format = '', width = 0, height = 0, fps = 0, controls = {} }: DeviceSettings, remembered = false): DeviceOrder {
  return { format, width, height, fps, controls: Object.entries(controls).map(([name, value]) => ({ name, value })).sort((a, b) => (a.name < b.name ? -1 : 1)), remembered }
}

export function settingsOf({ format, width, height, fps, controls }: DeviceOrder): DeviceSettings {
  return {
    ...(format !== '' && { format }), ...(width > 0 && { width }), ...(height > 0 && { height }), ...(fps > 0 && { fps }),
    ...(controls.length > 0 && { controls: Object.fromEntries(controls.map(({ name, value }) => [name, value])) })
  }
}
