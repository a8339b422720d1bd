/** As much of a ring as a recorder and a player need, in memory, with storage that can fail, hang or be slow. */
import { setTimeout as sleep } from 'node:timers/promises'
import { ChunkNotFoundError } from '#protocols/errors.ts'
import { type CameraId, type ChunkId, chunkIdOf, type PeerId } from '#protocols/ids.ts'
import type { CameraEntry, Member, RecordingSession, Ring } from '#ring'
import { emitter } from '#ring/base/emitter.ts'
import './mid-hour.ts'

export interface RecordingRing {
  readonly ring: Pick<Ring, 'chunks' | 'catalog' | 'self' | 'membership' | 'writing'>
  readonly stored: Map<ChunkId, Uint8Array>
  readonly sessions: Map<string, RecordingSession>
  /** Called before every chunk is stored: throw to refuse it, wait to be slow. */
  beforePut: () => Promise<void> | void
  /** Writes that are said to be under way. */
  writing: number
  /** Chunks fetched since the start. */
  gets: number
}

export function createRecordingRing(self = 'alder' as PeerId): RecordingRing {
  const stored = new Map<ChunkId, Uint8Array>()
  const sessions = new Map<string, RecordingSession>()
  const cameras = new Map<string, CameraEntry>()
  const recordingsChanged = emitter<CameraId[]>()
  const camerasChanged = emitter<void>()
  const state: RecordingRing = {
    stored, sessions, gets: 0, writing: 0,
    beforePut: () => {},
    ring: {
      self,
      writing() {
        state.writing++
        return () => { state.writing-- }
      },
      chunks: {
        async put(bytes, options) {
          await Promise.race([state.beforePut(), aborted(options?.signal)])
          options?.signal?.throwIfAborted()
          const id = chunkIdOf(bytes)
          stored.set(id, new Uint8Array(bytes))
          return { id, copies: 2 }
        },
        async get(id) {
          state.gets++
          await sleep(0)
          const bytes = stored.get(id)
          if (bytes === undefined) throw new ChunkNotFoundError(`no chunk ${id}`)
          return bytes
        }
      },
      catalog: {
        policy: { plan: () => undefined, retention: () => ({ days: null, gigabytes: null, whenFull: 'keep' }), kept: () => [], async note() { return { copies: 2 } } },
        records: { list: () => [], find: () => undefined },
        unindexed: () => 0,
        recordingsChanged, camerasChanged,
        cameras: () => [...cameras.values()],
        async putCamera(camera: CameraEntry) {
          cameras.set(camera.id, camera)
          camerasChanged.emit()
          return { copies: 2 }
        },
        async putRecording(session: RecordingSession) {
          sessions.set(session.session, structuredClone(session))
          recordingsChanged.emit([session.camera])
          return { copies: 2 }
        },
        index: {
          recordings: (camera: CameraId, fromMs: number, toMs: number) =>
            [...sessions.values()].filter((session) => session.camera === camera && session.endMs > fromMs && session.startMs < toMs).sort((a, b) => a.startMs - b.startMs),
          stretches: (camera: CameraId, fromMs: number, toMs: number) => state.ring.catalog.index.recordings(camera, fromMs, toMs),
          notes: () => [],
          firstRecordedMs: () => [...sessions.values()][0]?.startMs,
          hourSizes: () => [],
          recordedHours: (camera: CameraId) => [...new Set([...sessions.values()].filter((session) => session.camera === camera).map(({ hour }) => hour))].sort()
        }
      } as unknown as Ring['catalog'],
      membership: {
        members: (): Member[] => [{ peerId: self, name: self, zone: 'z', weight: 1, state: 'active', addresses: [], joinedAtMs: 0, self: true, alive: true, lastHeardMs: Date.now(), silentMs: 0, presence: undefined }],
        alive: () => [self],
        isAlive: (peer: PeerId) => peer === self,
        diskOf: () => 'ok',
        changed: emitter<void>(), presenceChanged: emitter<PeerId>(), announce() {}, start() {}, stop() {}
      }
    }
  }
  return state
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true }))
}
