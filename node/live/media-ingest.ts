import { InvalidMessageError, NotAuthorizedError, ThatDamError, TrackUnavailableError } from '#protocols/errors.ts'
import { type CameraId, partitionOfCamera, type PeerId } from '#protocols/ids.ts'
import { MEDIA_PROTOCOL, type MediaMessage, mediaCodec, type TrackReport } from '#protocols/media.ts'
import type { Caller, Member, MessageStream, Ring, StreamProtocol } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { admitCamera } from './admit-camera.ts'
import { LiveCamera } from './live-camera.ts'
import type { LiveCameras } from './live-cameras.ts'
import type { PeerDesk } from './peer-desk.ts'
import { packetBudget } from './packet-budget.ts'
import { checkPublish, isLeaving, judgePublish, type Publish } from './publication.ts'
import { storedCount } from './stored-count.ts'
import { RELAY_WINDOW_PACKETS, TrackReader } from './track-reader.ts'

/** The media protocol as streams: camera peers publish, nodes subscribe. */
export const mediaProtocol: StreamProtocol<MediaMessage> = { id: MEDIA_PROTOCOL, roles: ['peer', 'node'], message: mediaCodec }

/** The first message has to come within this many milliseconds. @default 10000 */
export const FIRST_MESSAGE_MS = 10_000
/** A publisher that sends nothing for this many milliseconds is given up. @default 15000 */
export const SILENCE_MS = 15_000
/** A camera that is silent here for this long, in milliseconds, and live on another node has moved there. @default 2000 */
export const MOVED_SILENCE_MS = 2_000
/** From the moment this node can not keep its cameras until it sends them away, in milliseconds: the others have heard of it by then. @default 300 */
export const HANDOVER_DELAY_MS = 300
/** A camera that was sent away and is still here is sent away again after this many milliseconds. @default 10000 */
export const HANDOVER_RETRY_MS = 10_000
/** A publisher is told what was received and stored so often, in milliseconds. @default 500 */
export const RECEIVED_EVERY_MS = 500
/** Bytes of packets put into one message to a relay, at most. */
const BATCH_BYTES = 64 * 1024

export type MediaStream = MessageStream<MediaMessage>

interface Components { ring: Pick<Ring, 'self' | 'network' | 'membership' | 'placement' | 'catalog'>; cameras: LiveCameras; desk: Pick<PeerDesk, 'serve' | 'load'>; log: Logger }

/** Serves the media protocol: takes cameras in, and hands them on to relaying nodes. */
export function createMediaIngest({ ring, cameras, desk, log: parentLog }: Components): Startable {
  const log = parentLog.scope('node:live:ingest')
  const streams = new Set<MediaStream>()
  let serving = false

  ring.network.serveStreams(mediaProtocol, async (stream, caller) => {
    if (!serving) return stream.abort(new TrackUnavailableError('this node is not taking streams now'))
    streams.add(stream)
    try {
      await serve(stream, caller)
    } finally {
      streams.delete(stream)
    }
  })

  async function serve(stream: MediaStream, caller: Caller): Promise<void> {
    const messages = stream[Symbol.asyncIterator]()
    const impatience = setTimeout(() => stream.abort(new InvalidMessageError('nothing was asked in time')), FIRST_MESSAGE_MS)
    try {
      const first = await messages.next()
      clearTimeout(impatience)
      if (first.done === true) return
      if ('publish' in first.value) return await takeIn(stream, messages, caller, checkPublish(first.value.publish))
      if ('subscribe' in first.value) return await handOn(stream, messages, caller, first.value.subscribe.cameraId)
      if ('peer' in first.value) return await desk.serve(stream, messages, caller, first.value.peer)
      if ('probe' in first.value) return await answerProbe(stream)
      throw new InvalidMessageError('a media stream opens with Publish or Subscribe')
    } catch (err) {
      clearTimeout(impatience)
      if (stream.ended.aborted) return
      log('stream of %s refused - %s', caller.peerId, err)
      await refuse(stream, err)
    }
  }

  async function answerProbe(stream: MediaStream): Promise<void> {
    await stream.send({ load: desk.load() })
    await stream.close()
  }

  async function takeIn(stream: MediaStream, messages: AsyncIterator<MediaMessage>, caller: Caller, publish: Publish): Promise<void> {
    const members = ring.membership.members()
    const answer = judgePublish(publish, caller.peerId, {
      self: ring.self, members,
      home: ring.placement.homeOf(publish.cameraId),
      owners: ring.placement.owners(partitionOfCamera(publish.cameraId)),
      publisher: cameras.get(publish.cameraId)?.camera.from
    })
    if (answer.type === 'refuse') throw answer.error
    if (answer.type === 'redirect') {
      await stream.send({ redirect: { peerId: answer.to.peerId, addresses: [...answer.to.addresses] } })
      return stream.close()
    }
    const accepted = Promise.withResolvers<void>() // nothing is said before Accept
    const camera = new LiveCamera({
      id: publish.cameraId, name: publish.cameraName || publish.cameraId, source: publish.source, from: caller.peerId, tracks: publish.tracks,
      requestKeyframe: () => { accepted.promise.then(() => stream.send({ keyframe: {} })).catch(() => {}) }
    })
    admitCamera({ ring, cameras, log }, camera)
    try {
      await stream.send({ accept: { tracks: [], nodes: members.filter(({ state }) => state === 'active').map(mediaNode) } })
      accepted.resolve()
      log('camera %s is live, published by %s', camera.id, caller.peerId)
      const stay = sendAwayWhenLeaving(stream, camera.id)
      camera.add({ write() {}, report() {}, ended: stay })
      cameras.remove(camera, await receive(camera, stream, messages, publish.acks === true))
    } catch (err) {
      cameras.remove(camera, err instanceof Error ? err.message : String(err))
      throw err
    } finally {
      log('camera %s is no longer live - %s', camera.id, camera.endedReason)
    }
  }

  /** A node on its way out, or whose disk takes no more, sends its cameras home. Answers the way to stop looking. */
  function sendAwayWhenLeaving(stream: MediaStream, id: CameraId): () => void {
    let timer: NodeJS.Timeout | undefined
    const lookIn = (ms: number): void => {
      clearTimeout(timer)
      timer = setTimeout(look, ms).unref()
    }
    const look = (): void => {
      const members = ring.membership.members()
      const home = members.find(({ peerId }) => peerId === ring.placement.homeOf(id))
      if (home === undefined || home.self || !isLeaving(members)) return
      stream.send({ redirect: { peerId: home.peerId, addresses: [...home.addresses] } }).catch(() => {})
      lookIn(HANDOVER_RETRY_MS)
    }
    const off = ring.membership.changed.on(() => lookIn(HANDOVER_DELAY_MS))
    lookIn(HANDOVER_RETRY_MS) // a camera that was taken because its home could not be reached is tried again, too
    return () => {
      off()
      clearTimeout(timer)
    }
  }

  /** Packets into the camera until the publisher ends, and why it did. */
  async function receive(camera: LiveCamera, stream: MediaStream, messages: AsyncIterator<MediaMessage>, acks: boolean): Promise<string> {
    const spend = packetBudget()
    const stored = storedCount(() => cameras.get(camera.id)?.recorder.keptMs() ?? performance.now())
    let taken = 0
    let telling: NodeJS.Timeout | undefined
    const tell = (): void => {
      telling = undefined
      stream.send({ received: { messages: taken, stored: stored.now() } }).catch(() => {}) // the stream is over: it is told by the next message
    }
    const silence = setTimeout(() => stream.abort(new TrackUnavailableError('the camera sent nothing')), SILENCE_MS)
    const leave = camera.add({ write() {}, report() {}, ended: (reason) => stream.abort(new TrackUnavailableError(reason)) })
    try {
      for (let next = await messages.next(); next.done !== true; next = await messages.next()) {
        silence.refresh()
        if ('end' in next.value) return next.value.end.reason.slice(0, 200) || 'the publisher ended it'
        writeInto(camera, next.value, spend)
        taken = (taken + 1) >>> 0
        if (!acks) continue
        stored.took(taken)
        telling ??= setTimeout(tell, RECEIVED_EVERY_MS).unref() // the last one is told, too, when none comes after it
      }
      return 'the publisher left'
    } finally {
      clearTimeout(silence)
      clearTimeout(telling)
      leave()
    }
  }

  async function handOn(stream: MediaStream, messages: AsyncIterator<MediaMessage>, caller: Caller, id: CameraId): Promise<void> {
    if (caller.role !== 'node') throw new NotAuthorizedError('only nodes of the ring may watch through this protocol')
    const camera = cameras.get(id)?.camera
    if (camera === undefined) throw new TrackUnavailableError(`camera ${id} is not published to this node`)
    await stream.send({ accept: { tracks: [...camera.tracks], nodes: [] } })
    await sendTo(stream, messages, camera)
  }

  /** A camera that reached another node, while its broken stream to this one is not noticed yet, is not ours any more. */
  function dropMoved(from: PeerId): void {
    const there = ring.membership.members().find(({ peerId, self, alive }) => peerId === from && !self && alive)?.presence?.cameras ?? []
    for (const { cameraId } of there) {
      const camera = cameras.get(cameraId)?.camera
      if (camera !== undefined && camera.silentMs() > MOVED_SILENCE_MS) cameras.remove(camera, 'published to another node')
    }
  }

  let leave = (): void => {}
  return {
    start() {
      serving = true
      leave = ring.membership.presenceChanged.on(dropMoved)
    },
    async stop() {
      serving = false
      leave()
      await cameras.close('node stopping')
      for (const stream of streams) stream.abort(new TrackUnavailableError('node stopping'))
    }
  }
}

/** One message of a publisher or an upstream node into a camera. @throws InvalidMessageError, OverloadedError */
export function writeInto(camera: LiveCamera, message: MediaMessage, spend: (packets: number, bytes: number) => void): void {
  if ('packets' in message) {
    const { packets } = message.packets
    spend(packets.length, packets.reduce((sum, { rtp }) => sum + rtp.byteLength, 0))
    for (const packet of packets) camera.write(packet)
  } else if ('report' in message) {
    spend(1, 0)
    camera.report(message.report)
  } else {
    throw new InvalidMessageError(`a publisher does not send ${Object.keys(message)[0]}`)
  }
}

const mediaNode = ({ peerId, zone, weight, addresses }: Member) => ({ peerId, zone, weight, addresses: [...addresses] })

async function refuse(stream: MediaStream, err: unknown): Promise<void> {
  const { code, message } = err instanceof ThatDamError ? err : { code: 'ERR_INTERNAL', message: 'internal error' }
  await stream.send({ refuse: { code, reason: message } }).catch(() => {})
  await stream.close().catch(() => {})
}

/** A camera's packets to a relaying node, until either is gone. A slow link skips to keyframes. */
async function sendTo(stream: MediaStream, messages: AsyncIterator<MediaMessage>, camera: LiveCamera): Promise<void> {
  const reports = new Map<number, TrackReport>() // the newest of each track: a slow link needs no other
  const note = (report: TrackReport): void => { reports.set(report.track, report) }
  for (const { index } of camera.tracks) {
    const report = camera.lastReport(index)
    if (report !== undefined) note(report)
  }
  const reader = new TrackReader(RELAY_WINDOW_PACKETS, { onSkip: () => camera.requestKeyframe(), onReport: note })
  const leave = camera.add(reader)
  stream.ended.addEventListener('abort', () => reader.ended('the relay left'), { once: true })
  void listen(messages, camera, reader)
  camera.requestKeyframe()
  try {
    for await (const batch of reader) {
      const told = [...reports.values()]
      reports.clear()
      for (const report of told) await stream.send({ report })
      for (const packets of batchesOf(batch.map((packet) => ({ track: packet.track.index, rtp: packet.bytes })))) await stream.send({ packets: { packets } })
    }
    if (!stream.ended.aborted) await stream.send({ end: { reason: reader.endedReason ?? '' } })
  } catch (err) {
    if (!stream.ended.aborted) throw err
  } finally {
    leave()
    await stream.close().catch(() => {})
  }
}

async function listen(messages: AsyncIterator<MediaMessage>, camera: LiveCamera, reader: TrackReader): Promise<void> {
  try {
    for (let next = await messages.next(); next.done !== true; next = await messages.next()) {
      if ('keyframe' in next.value) camera.requestKeyframe()
      else break
    }
  } catch {}
  reader.ended('the relay left')
}

function* batchesOf<T extends { rtp: Uint8Array }>(packets: readonly T[]): Generator<T[]> {
  let batch: T[] = []
  let bytes = 0
  for (const packet of packets) {
    if (bytes + packet.rtp.byteLength > BATCH_BYTES) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(packet)
    bytes += packet.rtp.byteLength
  }
  if (batch.length > 0) yield batch
}
