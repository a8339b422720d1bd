import type { Ring } from '#ring'
import type { Logger } from '#ring/base/log.ts'
import type { LiveCamera } from './live-camera.ts'
import type { LiveCameras } from './live-cameras.ts'

/** Take a camera up, recorded as was decided for it, and note it there when it is new. @throws CameraBusyError when another publishes it */
export function admitCamera({ ring, cameras, log }: { ring: Pick<Ring, 'catalog'>; cameras: LiveCameras; log: Logger }, camera: LiveCamera): void {
  const { id, name, source } = camera
  const known = ring.catalog.cameras().find((entry) => entry.id === id)
  cameras.add(camera)
  if (known !== undefined) return
  // the publisher must not wait for the catalog: recording comes first
  ring.catalog.putCamera({ id, name, source, createdAtMs: Date.now(), record: true }).catch((err) => log.error('camera %s is not noted in the catalog - %s', id, err))
}
