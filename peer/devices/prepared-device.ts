import type { DeviceSettings } from '#protocols/cameras.ts'
import type { Logger } from '#ring/base/log.ts'
import type { SourceSpec, V4l2Spec } from '../sources/source-spec.ts'
import { offeredOf } from './device-settings.ts'
import { type Abilities, v4l2Abilities } from './v4l2-abilities.ts'
import { setControls } from './v4l2-ctl.ts'

export interface PreparedDeviceComponents {
  log: Logger
  /** @default its driver is asked */
  abilities?: (path: string) => Promise<Abilities>
  /** @default by its driver */
  set?: typeof setControls
}

/** Set the controls of a device that is about to be opened; answers in which format, size and rate to open it. What it does not offer is left out: a picture matters more. */
export async function preparedDevice({ log, abilities = v4l2Abilities, set = setControls }: PreparedDeviceComponents, spec: V4l2Spec, settings: DeviceSettings): Promise<V4l2Spec> {
  if (Object.keys(settings).length === 0) return spec
  const { modes, controls, reason } = await abilities(spec.device)
  if (reason !== '') return spec // and opening it says why
  const offered = offeredOf(settings, { modes, controls })
  await set(spec.device, offered.controls ?? {}, controls).catch((err) => log.error('%s is not set as it was: %s', spec.device, (err as Error).message))
  return withMode(spec, offered)
}

function withMode(spec: V4l2Spec, { format, width, height, fps }: DeviceSettings): V4l2Spec {
  return { ...spec, ...(format !== undefined && { format }), ...(width !== undefined && height !== undefined && { size: { width, height } }), ...(fps !== undefined && { fps }) }
}

/** Those of whose device something can be set. */
export const isSettable = ({ kind }: SourceSpec): boolean => kind === 'v4l2'
