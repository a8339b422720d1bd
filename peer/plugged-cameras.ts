import type { Startable } from '#ring/base/lifecycle.ts'
import type { MachineCameras, NamedSource } from './devices/machine-cameras.ts'

export interface PluggedCamerasComponents {
  machine: MachineCameras
  /** Makes a camera of it, and starts it; throws when that can not be. */
  adopt: (camera: NamedSource) => Promise<void>
  onRefused: (camera: NamedSource, err: Error) => void
}

/** Takes up every camera that is plugged in, once; one that is unplugged is waited for by its own source. The cameras are stopped by whoever adopted them. */
export function pluggedCameras({ machine, adopt, onRefused }: PluggedCamerasComponents): Startable {
  const taken = new Set<string>()
  let leave = (): void => {}

  async function take(): Promise<void> {
    const fresh = machine.usable().filter(({ source }) => !taken.has(source))
    for (const { source } of fresh) taken.add(source)
    await Promise.all(fresh.map((camera) => adopt(camera).catch((err) => onRefused(camera, err))))
  }

  return {
    async start() {
      leave = machine.changed.on(() => void take())
      await machine.start()
      await take()
    },
    async stop() {
      leave()
      await machine.stop()
    }
  }
}
