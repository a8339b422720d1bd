import type { Device } from '#protocols/media.ts'

/** A device nobody uses. */
export function device(fields: Pick<Device, 'kind' | 'source' | 'name'> & Partial<Device>): Device {
  return { aliases: [], state: 'free', cameraId: '', reason: '', modes: [], controls: [], now: null, ...fields }
}
