import type { CameraList, CameraView } from '#protocols/http.ts'
import type { CameraId, PeerId } from '#protocols/ids.ts'
import type { AttachedCamera, CameraPresence } from '#protocols/presence.ts'
import type { CameraEntry, Member, Ring } from '#ring'
import { whyNotNow } from '../recording/expectation.ts'
import { planOf } from '../recording/ledgers.ts'
import { type Emitter, emitter, type Signal } from '#ring/base/emitter.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { LiveCameras, PublishedCamera } from './live-cameras.ts'
import { machineOf, type PeerDesk } from './peer-desk.ts'

/** Every camera the ring knows, live or not, wherever it is published. */
export interface CameraDirectory extends Startable {
  cameras(): CameraList
  /** True when the ring has seen this camera. */
  knows(camera: CameraId): boolean
  /** Who publishes a camera that is live. */
  publisherOf(camera: CameraId): PeerId | undefined
  /** What this node's heartbeat says of its cameras. */
  presence(): CameraPresence[]
  /** A camera came, went, or moved. */
  readonly changed: Signal<void>
}

type DirectoryRing = Pick<Ring, 'self' | 'membership' | 'catalog'>

export function createCameraDirectory({ ring, cameras, desk }: { ring: DirectoryRing; cameras: LiveCameras; desk: Pick<PeerDesk, 'attachedAnywhere' | 'changed'> }): CameraDirectory {
  const changed: Emitter<void> = emitter<void>()
  const leave: Array<() => void> = []
  const presence = (): CameraPresence[] => cameras.all().map(presenceOf)

  /** Live cameras by id with the node that has them; this node's own knowledge of itself is the freshest. */
  function live(): Map<CameraId, { member: Member; camera: CameraPresence }> {
    const found = new Map<CameraId, { member: Member; camera: CameraPresence }>()
    for (const member of ring.membership.members()) {
      if (!member.alive && !member.self) continue
      for (const camera of member.self ? presence() : member.presence?.cameras ?? []) {
        const other = found.get(camera.cameraId)
        if (member.self || other === undefined || (!other.member.self && other.camera.sinceMs < camera.sinceMs)) found.set(camera.cameraId, { member, camera })
      }
    }
    return found
  }

  function planned(id: CameraId): Pick<CameraView, 'mode' | 'away' | 'notExpected'> {
    const plan = planOf(ring.catalog, id)
    return { mode: plan.mode, away: plan.away, notExpected: whyNotNow(plan, Date.now()) ?? null }
  }

  return {
    changed, presence,
    cameras() {
      const now = live()
      const known = new Map(ring.catalog.cameras().map((entry) => [entry.id, entry]))
      const attached = desk.attachedAnywhere()
      const ids = [...new Set([...known.keys(), ...now.keys(), ...attached.keys()])].sort()
      return { nowMs: Date.now(), cameras: ids.map((id) => ({ ...viewOf(id, known.get(id), now.get(id), attached.get(id) ?? []), ...planned(id) })) }
    },
    publisherOf: (id) => live().get(id)?.camera.peerId,
    knows: (id) => ring.catalog.cameras().some((entry) => entry.id === id) || live().has(id),
    start() {
      const tell = (): void => changed.emit()
      leave.push(
        cameras.changed.on(() => {
          ring.membership.announce()
          tell()
        }),
        ring.membership.changed.on(tell), ring.membership.presenceChanged.on(tell), ring.catalog.camerasChanged.on(tell),
        desk.changed.on(() => {
          ring.membership.announce()
          tell()
        }))
    },
    stop() { for (const off of leave.splice(0)) off() }
  }
}

function presenceOf({ camera, recorder }: PublishedCamera): CameraPresence {
  const durable = recorder.durable()
  return {
    cameraId: camera.id, name: camera.name, source: camera.source, peerId: camera.from,
    recording: recorder.recording(),
    lastDurableMs: durable?.ms ?? 0, durableCopies: durable?.copies ?? 0,
    ...camera.rates(), ...camera.size,
    sinceMs: camera.sinceMs,
    audio: camera.track('audio') !== undefined
  }
}

function viewOf(id: CameraId, entry: CameraEntry | undefined, live: { member: Member; camera: CameraPresence } | undefined, machines: readonly AttachedCamera[]): Omit<CameraView, 'mode' | 'away' | 'notExpected'> {
  const camera = live?.camera
  const attached = machineOf(machines, camera?.peerId)
  return {
    id,
    name: entry?.name ?? camera?.name ?? attached?.name ?? id,
    source: camera?.source ?? attached?.source ?? entry?.source ?? '',
    live: live !== undefined,
    node: live === undefined ? null : { peerId: live.member.peerId, name: live.member.name },
    here: live?.member.self ?? false,
    recording: camera?.recording ?? false,
    lastDurableMs: camera?.lastDurableMs ?? 0,
    durableCopies: camera?.durableCopies ?? 0,
    bitsPerSecond: camera?.bitsPerSecond ?? 0,
    width: camera?.width ?? 0,
    height: camera?.height ?? 0,
    framesPerSecond: camera?.framesPerSecond ?? 0,
    audio: camera?.audio ?? false,
    sinceMs: camera?.sinceMs ?? 0,
    reason: live !== undefined ? null : attached === undefined ? 'its machine is not connected' : attached.reason || null,
    note: [attached?.note ?? '', ...machines.filter((other) => other !== attached).map(sameName)].filter((note) => note !== '').join('; ') || null,
    enabled: attached === undefined ? entry?.enabled !== false : attached.state !== 'off',
    adjustable: attached?.adjustable ?? false,
    settable: attached?.settable ?? false
  }
}

/** What is said of a camera on another machine that has the name of this one: it is refused, and shown nowhere else. */
function sameName({ source, state, reason }: AttachedCamera): string {
  return state === 'off' || reason === '' ? '' : `another machine has a camera of this name (${source}), which is not taken: ${reason}`
}
