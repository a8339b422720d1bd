import type { Signal } from '#ring/base/emitter.ts'
import type { Startable } from '#ring/base/lifecycle.ts'

/** A camera's name, and what to capture from. */
export interface NamedSource {
  readonly name: string
  readonly source: string
}

/** The cameras that are plugged in here, as the camera peer sees them. */
export interface PluggedCameras extends Startable {
  usable(): readonly NamedSource[]
  /** Why others that are here can not be used. */
  refused(): readonly string[]
  /** Others are usable now. */
  readonly changed: Signal<void>
}

/** A process for cameras is started with the first that is plugged in: a machine without any needs none. */
export function oncePlugged(plugged: PluggedCameras, cameras: Startable): Startable & { begun(): boolean } {
  let begun = false
  let leave = (): void => {}

  async function begin(): Promise<void> {
    if (begun || plugged.usable().length === 0) return
    begun = true
    leave()
    void plugged.stop() // it ends with the look that found the camera: the process looks for itself
    await cameras.start()
  }

  return {
    begun: () => begun,
    async start() {
      leave = plugged.changed.on(() => void begin())
      await plugged.start()
      await begin()
    },
    async stop() {
      leave()
      await plugged.stop()
      if (begun) await cameras.stop()
    }
  }
}
