/**
 * Loaded into every process of the latency benchmark (`node --import`): notes how old each picture is where it passes, and how long
 * the event loop was held up, and writes both to a file of this process when it ends. The product itself knows nothing of it.
 */
import { ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { TrackPacket, TrackReport } from '#protocols/media.ts'
import { parseRtp } from '#protocols/rtp/packet.ts'

/** Where a picture passes, in this order. */
export type Hop = 'encoded' | 'at the peer' | 'at the home node' | 'at the relaying node' | 'ingest to socket'

/** What one process wrote down: milliseconds since capture per hop (`ingest to socket`: since ingest), and stalls of its event loop. */
export interface ProbeNotes {
  readonly role: string
  readonly hops: Partial<Record<Hop, Record<string, number[]>>>
  readonly loopMs: { readonly p50: number; readonly p99: number; readonly max: number }
}

/** The newest pictures of each hop and camera that are kept. */
const KEEP = 1_200
const VIDEO_TRACK = 0

type Note = (hop: Hop, camera: string, ms: number) => void

const folder = process.env['LATENCY_PROBE_DIR']
if (folder !== undefined) await observe(folder)

async function observe(into: string): Promise<void> {
  const role = process.argv[1]?.endsWith('source-worker.ts') ? 'source' : process.argv[2] ?? ''
  const hops: Partial<Record<Hop, Record<string, number[]>>> = {}
  const note: Note = (hop, camera, ms) => {
    const list = (hops[hop] ??= {})[camera] ??= []
    list.push(ms)
    if (list.length > KEEP) list.shift()
  }
  const loop = monitorEventLoopDelay({ resolution: 5 })
  loop.enable()
  process.on('exit', () => {
    const loopMs = { p50: loop.percentile(50) / 1e6, p99: loop.percentile(99) / 1e6, max: loop.max / 1e6 }
    writeFileSync(join(into, `${process.pid}.json`), JSON.stringify({ role, hops, loopMs } satisfies ProbeNotes))
  })
  if (role === 'source') observeSource(note)
  if (role === 'peer') observePeer(note)
  if (role === 'node') await observeNode(note)
}

/** The test camera's RTP time is its process's own clock. */
function observeSource(note: Note): void {
  const send = process.send?.bind(process)
  process.send = ((message: SourceMessage, ...rest: []) => {
    const time = pictureTime(message)
    if (time !== undefined) note('encoded', '', performance.now() - time / 90)
    return send?.(message, ...rest)
  }) as typeof process.send
}

function observePeer(note: Note): void {
  const emit = ChildProcess.prototype.emit
  const ageOf = ages()
  ChildProcess.prototype.emit = function (this: ChildProcess, ...args: unknown[]) {
    const message = args[0] === 'message' ? args[1] as SourceMessage : undefined
    if (message?.type === 'report') ageOf.report(this, message.report)
    const time = pictureTime(message)
    if (time !== undefined) ageOf.age(this, time, (ms) => note('at the peer', '', ms))
    return Reflect.apply(emit, this, args)
  } as typeof emit
}

async function observeNode(note: Note): Promise<void> {
  const { LiveCamera } = await import('../../node/live/live-camera.ts')
  const { LiveCameras } = await import('../../node/live/live-cameras.ts')
  const { WhepSession } = await import('../../node/live/whep/whep-session.ts')
  const ageOf = ages()
  const published = new WeakSet<object>()
  const { add } = LiveCameras.prototype
  LiveCameras.prototype.add = function (camera) {
    published.add(camera)
    return add.call(this, camera)
  }
  const { write, report } = LiveCamera.prototype
  LiveCamera.prototype.report = function (paired) {
    ageOf.report(this, paired)
    return report.call(this, paired)
  }
  LiveCamera.prototype.write = function (packet) {
    const time = endOfPicture(packet)
    if (time !== undefined) ageOf.age(this, time, (ms) => note(published.has(this) ? 'at the home node' : 'at the relaying node', this.id, ms))
    return write.call(this, packet)
  }
  const { write: show } = WhepSession.prototype
  WhepSession.prototype.write = function (packet) {
    show.call(this, packet)
    if (packet.track.kind === 'video' && packet.rtp.marker) note('ingest to socket', this.camera, performance.now() - packet.arrivedMs)
  }
}

type SourceMessage = { type: 'packets'; group: { packets: TrackPacket[]; video: boolean } } | { type: 'report'; report: TrackReport } | { type: 'tracks' | 'waiting' | 'failed' }

/** RTP time of the picture in a source's message. */
function pictureTime(message: SourceMessage | undefined): number | undefined {
  const last = message?.type === 'packets' && message.group.video ? message.group.packets.at(-1) : undefined
  return last === undefined ? undefined : endOfPicture(last)
}

function endOfPicture({ track, rtp }: TrackPacket): number | undefined {
  if (track !== VIDEO_TRACK) return undefined
  const { marker, timestamp } = parseRtp(rtp)
  return marker ? timestamp : undefined
}

/** The age of pictures by the camera's own reports. */
function ages() {
  const reports = new WeakMap<object, TrackReport>()
  return {
    report: (of: object, report: TrackReport): void => { if (report.track === VIDEO_TRACK) reports.set(of, report) },
    age(of: object, time: number, take: (ms: number) => void): void {
      const report = reports.get(of)
      if (report !== undefined) take(Date.now() - report.wallMs - ((time - report.rtp) | 0) / 90)
    }
  }
}
