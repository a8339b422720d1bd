import { InvalidMessageError, ThatDamError, TrackUnavailableError } from '#protocols/errors.ts'
import type { CameraId, PeerId } from '#protocols/ids.ts'
import type { MediaMessage } from '#protocols/media.ts'
import type { Ring } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { type CameraFeed, sharedFeed } from './camera-feed.ts'
import { LiveCamera } from './live-camera.ts'
import { mediaProtocol, type MediaStream, MOVED_SILENCE_MS, SILENCE_MS, writeInto } from './media-ingest.ts'
import { packetBudget } from './packet-budget.ts'
import { checkTracks } from './publication.ts'

/** A relay without viewers is kept this long, in milliseconds, for the next one. @default 5000 */
export const RELAY_LINGER_MS = 5_000
/** Time a node has to begin a relay, in milliseconds. @default 5000 */
export const RELAY_OPEN_MS = 5_000

interface Relay { camera: LiveCamera; close(): void; fail(reason: string): void }
interface Entry { relay: Promise<Relay>; viewers: number; linger: NodeJS.Timeout | undefined }

/** Cameras that are published to other nodes: one upstream stream each, however many viewers are here. */
export interface RelayPool extends Startable {
  /** @throws TrackUnavailableError when no live node has the camera; MemberUnreachableError when the one that has it does not answer */
  acquire(camera: CameraId): Promise<CameraFeed>
  count(): number
}

export function createRelayPool({ ring, log: parentLog }: { ring: Pick<Ring, 'network' | 'membership'>; log: Logger }, init: { lingerMs?: number } = {}): RelayPool {
  const log = parentLog.scope('node:live:relay')
  const entries = new Map<CameraId, Entry>()
  const stopping = new AbortController()

  /** The live node whose heartbeat says that it has the camera; the newest publication when it just moved. */
  function whereIs(camera: CameraId): { node: PeerId; name: string; source: string } {
    const found = ring.membership.members().filter(({ self, alive }) => !self && alive)
      .flatMap(({ peerId, presence }) => (presence?.cameras ?? []).filter(({ cameraId }) => cameraId === camera).map((each) => ({ ...each, node: peerId })))
    const newest = found.reduce<typeof found[number] | undefined>((best, each) => best === undefined || each.sinceMs > best.sinceMs ? each : best, undefined)
    if (newest === undefined) throw new TrackUnavailableError(`camera ${camera} is not live now`)
    return newest
  }

  async function open(id: CameraId): Promise<Relay> {
    const { node, name, source } = whereIs(id)
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(RELAY_OPEN_MS)])
    const stream = await ring.network.openStream(node, mediaProtocol, { signal })
    const late = (): void => stream.abort(new TrackUnavailableError(`the node that has camera ${id} does not answer`))
    signal.addEventListener('abort', late, { once: true })
    try {
      await stream.send({ subscribe: { cameraId: id } }, { signal })
      const messages = stream[Symbol.asyncIterator]()
      const tracks = acceptedTracks(await messages.next())
      const camera = new LiveCamera({ id, name, source, from: node, tracks, requestKeyframe: () => { stream.send({ keyframe: {} }).catch(() => {}) } })
      void receive(camera, stream, messages)
      return { camera, close: () => { camera.end('no viewers'); void stream.close().catch(() => {}) }, fail: (reason) => stream.abort(new TrackUnavailableError(reason)) }
    } catch (err) {
      stream.abort(err instanceof Error ? err : new Error(String(err)))
      throw err instanceof ThatDamError ? err : new TrackUnavailableError(`the relay of camera ${id} could not be opened: ${err instanceof Error ? err.message : err}`)
    } finally {
      signal.removeEventListener('abort', late)
    }
  }

  async function receive(camera: LiveCamera, stream: MediaStream, messages: AsyncIterator<MediaMessage>): Promise<void> {
    const spend = packetBudget()
    const silence = setTimeout(() => stream.abort(new TrackUnavailableError('the upstream node fell silent')), SILENCE_MS).unref()
    let reason = 'the upstream node closed the relay'
    try {
      for (let next = await messages.next(); next.done !== true; next = await messages.next()) {
        silence.refresh()
        if ('end' in next.value) {
          reason = next.value.end.reason
          break
        }
        writeInto(camera, next.value, spend)
      }
    } catch (err) {
      reason = err instanceof Error ? err.message : String(err)
    }
    clearTimeout(silence)
    forget(camera)
    camera.end(reason)
    await stream.close().catch(() => {})
  }

  /** The next viewer opens a new relay, wherever the camera is by then. */
  function forget(camera: LiveCamera): void {
    const entry = entries.get(camera.id)
    void entry?.relay.then((relay) => {
      if (relay.camera !== camera || entries.get(camera.id) !== entry) return
      clearTimeout(entry.linger)
      entries.delete(camera.id)
    }, () => {})
  }

  /** The plug of a node was pulled: its viewers here are told before the silence is long enough, and look where the camera is now. */
  function giveUpOnTheDead(): void {
    for (const { relay } of entries.values()) {
      void relay.then(({ camera, fail }) => {
        if (!ring.membership.isAlive(camera.from) && camera.silentMs() > MOVED_SILENCE_MS) fail('the node that has the camera is gone')
      }, () => {})
    }
  }

  function enter(camera: CameraId): Entry {
    const entry: Entry = { relay: open(camera), viewers: 0, linger: undefined }
    entries.set(camera, entry)
    entry.relay.then((relay) => {
      log('relaying camera %s from %s', camera, relay.camera.from)
      if (relay.camera.endedReason !== undefined && entries.get(camera) === entry) entries.delete(camera)
    }, () => { if (entries.get(camera) === entry) entries.delete(camera) })
    return entry
  }

  function leave(camera: CameraId, entry: Entry): void {
    if (--entry.viewers > 0 || entries.get(camera) !== entry) return
    entry.linger = setTimeout(() => {
      entries.delete(camera)
      entry.relay.then((relay) => relay.close(), () => {})
    }, init.lingerMs ?? RELAY_LINGER_MS).unref()
  }

  let leaveMembership = (): void => {}
  return {
    async acquire(camera) {
      stopping.signal.throwIfAborted()
      const entry = entries.get(camera) ?? enter(camera)
      clearTimeout(entry.linger)
      entry.viewers++
      return sharedFeed(entry.relay, () => leave(camera, entry))
    },
    count: () => entries.size,
    start() { leaveMembership = ring.membership.changed.on(giveUpOnTheDead) },
    async stop() {
      leaveMembership()
      stopping.abort(new TrackUnavailableError('node stopping'))
      const relays = [...entries.values()]
      entries.clear()
      for (const { relay, linger } of relays) {
        clearTimeout(linger)
        await relay.then((open) => open.close(), () => {})
      }
    }
  }
}

/** @throws TrackUnavailableError when refused, InvalidMessageError */
function acceptedTracks(first: IteratorResult<MediaMessage>) {
  if (first.done === true) throw new TrackUnavailableError('the upstream node closed the relay')
  const message = first.value
  if ('refuse' in message) throw new TrackUnavailableError(message.refuse.reason)
  if (!('accept' in message)) throw new InvalidMessageError('a subscriber is answered Accept or Refuse')
  checkTracks(message.accept.tracks)
  return message.accept.tracks
}
