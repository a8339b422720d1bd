import { setTimeout as sleep } from 'node:timers/promises'
import { OverloadedError } from '#protocols/errors.ts'
import type { RtpPacket } from '#protocols/rtp/packet.ts'
import type { TrackReport } from '#protocols/media.ts'
import type { AccessUnit, Depacketiser } from '#protocols/rtp/depacketiser.ts'
import { opusSamples } from '#protocols/rtp/opus.ts'
import { unwrapper } from '#protocols/rtp/packet.ts'
import { codecName, depacketiserOf } from '#protocols/rtp/video-codecs.ts'
import { hourOf } from '#ring'
import type { Logger } from '#ring/base/log.ts'
import { type Coding, codingOf } from '../live/coding.ts'
import type { LiveCamera } from '../live/live-camera.ts'
import type { LivePacket } from '../live/live-packet.ts'
import { RECORDER_WINDOW_PACKETS, TrackReader } from '../live/track-reader.ts'
import { AUDIO_TIMESCALE, VIDEO_TIMESCALE } from './fmp4.ts'
import { PartBuilder } from './part-builder.ts'
import { MIN_GAP_MS } from './part-selection.ts'
import { capturedMs, clockWatch, driftMs, soundAfterPicture, wallOfArrival } from './source-clock.ts'
import { type Durable, type SessionStart, type SessionWriter } from './session-writer.ts'
import { type FormatReader, formatReader, isSameFormat, type VideoFormat } from './video-format.ts'

/** Two pictures further apart than this, in milliseconds, or this far back, are not one recording. @default 2000 */
export const MAX_STEP_MS = 2_000

/** Sound that has parted from the picture by more than this, by the source's own reports, is put right, in ms. @default 40 */
export const MAX_SOUND_SKEW_MS = 40

/** Reports by which sound would lie further than this from the pictures it came with are not believed, in ms. @default 4000 */
export const MAX_SOUND_AWAY_MS = 4_000

/** What waits for the disks when a recording ends is given up after this many milliseconds. @default 8000 */
export const CLOSE_TIMEOUT_MS = 8_000

const EARLIER_WAIT_MS = 20

/** Where the parts of one session go. */
export type PartSink = Pick<SessionWriter, 'add' | 'close' | 'abandon'> & Partial<Pick<SessionWriter, 'waiting'>>

/** What came before is taken no faster than the disks take it: while fewer parts than this wait. @default 10 */
export const EARLIER_PARTS = 10
/** The disks may take nothing of what came before for this long, in ms: as long as what comes may wait for them, `MAX_WAITING_PARTS`. @default 90000 */
export const MAX_HELD_UP_MS = 90_000

export interface RecordingInit {
  readonly camera: LiveCamera
  readonly begin: (start: SessionStart, onDurable: (durable: Durable) => void) => PartSink
  readonly onDurable: (durable: Durable) => void
  /** A part was made; the watchdog's sign of life. */
  readonly onProgress: () => void
  /** Its pictures can not be kept, and why; they may be later. */
  readonly onRefused?: (why: string) => void
  /** A picture came that no recording can begin with, and none has begun. */
  readonly onKeyless?: () => void
  /** Earliest Unix ms a session may begin: the end of the one before. */
  readonly notBeforeMs: number
  /** Begin with what came before. @default nothing */
  readonly earlier?: readonly LivePacket[]
}

interface Session {
  format: VideoFormat
  writer: PartSink
  builder: PartBuilder
  startMs: number
  hour: string
  /** Unwrapped RTP time of the first picture. */
  startTime: number
  lastTime: number
  /** When the picture of `lastTime` came. */
  lastArrivedMs: number
  /** When the first picture of the part that is being built came; undefined: none yet. */
  partArrivedMs: number | undefined
  /** Audio RTP time of the session's start; found when the first sound comes. */
  audioStart: number | undefined
}

/** Sound that waits for its place; `cameAt` is where it lies by the pictures it came with, in audio ticks since the session's first. */
interface HeldSound { readonly packet: LivePacket; readonly cameAt: number }

/** One attempt to record a camera: packets to pictures to parts, in as many sessions as hours and breaks ask for. Thrown away when it fails. */
export class Recording {
  readonly #camera: LiveCamera
  readonly #init: RecordingInit
  readonly #log: Logger
  readonly #reader: TrackReader
  readonly #coding: Coding
  readonly #depacketiser: Depacketiser
  readonly #formats: FormatReader
  readonly #videoTime = unwrapper(32)
  readonly #clockSetMs = clockWatch()
  readonly #closing = new Map<PartSink, Promise<void>>()
  #session: Session | undefined
  #format: VideoFormat | undefined
  #refusal: string | undefined
  #notBeforeMs: number
  #heldSounds: HeldSound[] = []
  #isHeldUp = false

  constructor({ log }: { log: Logger }, init: RecordingInit) {
    this.#init = init
    this.#camera = init.camera
    this.#log = log
    this.#notBeforeMs = init.notBeforeMs
    this.#coding = codingOf(init.camera.tracks)
    this.#depacketiser = depacketiserOf(this.#coding.codec)
    this.#formats = formatReader(this.#coding.codec, this.#coding.fmtp)
    this.#reader = new TrackReader(RECORDER_WINDOW_PACKETS, { onSkip: () => this.#camera.requestKeyframe() })
  }

  /** The Unix ms of the newest picture that was taken; undefined while none is. */
  get reachedMs(): number | undefined {
    const session = this.#session
    return session === undefined ? undefined : session.startMs + toMs(session.lastTime - session.startTime)
  }

  /** It makes no part because what came before waits for the disks. */
  get isHeldUp(): boolean { return this.#isHeldUp }

  /** Until the camera ends, the signal is aborted, or something fails. Everything taken is stored before it resolves. */
  async run(signal: AbortSignal): Promise<void> {
    const leave = this.#camera.add(this.#reader)
    const stop = (): void => this.#reader.ended(signal.reason instanceof Error ? signal.reason.message : 'recording stopped')
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    let reason = 'recording failed'
    try {
      await this.#readEarlier(this.#init.earlier ?? [])
      this.#camera.requestKeyframe()
      await this.#read()
      reason = this.#reader.endedReason ?? reason
    } catch (err) {
      reason = err instanceof Error ? err.message : String(err)
      this.#session?.writer.abandon()
      throw err
    } finally {
      signal.removeEventListener('abort', stop)
      leave()
      this.#end(reason)
      await this.#settle()
    }
  }

  /** Wait for what is being stored, but not for ever: a disk that takes nothing must not keep the node from stopping. */
  async #settle(): Promise<void> {
    const late = setTimeout(() => { for (const writer of this.#closing.keys()) writer.abandon() }, CLOSE_TIMEOUT_MS)
    await Promise.all(this.#closing.values())
    clearTimeout(late)
  }

  /** Meanwhile the reader holds what comes. When the camera ends meanwhile, what came before is stored all the same, unless the disks take too long. */
  async #readEarlier(earlier: readonly LivePacket[]): Promise<void> {
    let untilMs = Infinity
    for (const packet of earlier) {
      this.#take(packet)
      for (const sinceMs = performance.now(); (this.#isHeldUp = this.#isBehind()) && performance.now() < untilMs;) {
        if (performance.now() - sinceMs > MAX_HELD_UP_MS) throw new OverloadedError(`storage took nothing for ${MAX_HELD_UP_MS / 1000} s`)
        if (this.#reader.endedReason !== undefined) untilMs = Math.min(untilMs, performance.now() + CLOSE_TIMEOUT_MS)
        await sleep(EARLIER_WAIT_MS)
      }
    }
    this.#isHeldUp = false
  }

  #isBehind(): boolean {
    return (this.#session?.writer.waiting ?? 0) >= EARLIER_PARTS
  }

  async #read(): Promise<void> {
    let dropped = 0
    for await (const batch of this.#reader) {
      for (const packet of batch) this.#take(packet)
      if (this.#reader.dropped === dropped) continue
      this.#break(`recorder fell behind: ${this.#reader.dropped - dropped} packets lost`)
      dropped = this.#reader.dropped
    }
    for (const unit of this.#depacketiser.flush()) if (!unit.damaged) this.#picture(unit, performance.now())
  }

  #take(packet: LivePacket): void {
    if (packet.track.kind === 'audio') return this.#sound(packet)
    for (const unit of this.#depacketiser.push(packet.rtp as RtpPacket)) this.#picture(unit, packet.arrivedMs)
  }

  #picture(unit: AccessUnit, arrivedMs: number): void {
    const time = this.#videoTime(unit.timestamp)
    if (this.#session === undefined && this.#refusal === undefined && !unit.keyframe) this.#init.onKeyless?.()
    if (unit.damaged || (unit.lost > 0 && !unit.keyframe)) return this.#break(`${unit.lost} packets lost on the way`)
    this.#learn(unit)
    if (unit.keyframe) this.#followClock(this.#clockSetMs())
    const reason = this.#session === undefined ? undefined : this.#whyNot(this.#session, unit, time)
    if (reason === 'hour') this.#nextHour(time, arrivedMs)
    else if (reason !== undefined) this.#break(reason)
    if (this.#session === undefined && unit.keyframe && this.#format !== undefined) this.#begin(this.#format, time, arrivedMs)
    const session = this.#session
    if (session === undefined) return
    const at = time - session.startTime
    if (session.builder.isDue(at, unit.keyframe)) this.#cut(session, at)
    session.builder.addPicture(unit, at)
    session.partArrivedMs ??= arrivedMs
    if (time > session.lastTime) [session.lastTime, session.lastArrivedMs] = [time, arrivedMs]
  }

  /** Pictures after this node's clock was set have their times by it: else they might lie days back, and be given up as old. */
  #followClock(setMs: number): void {
    if (setMs === 0) return
    this.#break(`the clock of the node was set ${setMs > 0 ? 'on' : 'back'} by ${Math.round(Math.abs(setMs) / 1000)} s`)
    this.#notBeforeMs += setMs
  }

  /** Why this picture does not continue the session; 'hour' when it is only time for the next one. */
  #whyNot(session: Session, unit: AccessUnit, time: number): string | undefined {
    const stepMs = (time - session.lastTime) * 1000 / VIDEO_TIMESCALE
    if (Math.abs(stepMs) > MAX_STEP_MS) return `the camera's clock jumped by ${Math.round(stepMs)} ms`
    if (unit.lost > 0 && stepMs > MIN_GAP_MS) return `${unit.lost} packets lost on the way`
    if (!unit.keyframe) return undefined
    if (this.#format === undefined || !isSameFormat(session.format, this.#format)) return 'picture format changed'
    return hourOf(session.startMs + (time - session.startTime) * 1000 / VIDEO_TIMESCALE) === session.hour ? undefined : 'hour'
  }

  #learn(unit: AccessUnit): void {
    try {
      this.#format = this.#formats.read(unit) ?? this.#format
    } catch (err) {
      this.#format = undefined
      this.#refuse(err instanceof Error ? err.message : String(err))
    }
  }

  /** Said once, however many pictures are the same. */
  #refuse(why: string): void {
    if (this.#refusal === why) return
    this.#refusal = why
    this.#log.error('%s can not be recorded - %s', this.#camera.id, why)
    this.#init.onRefused?.(`its ${codecName(this.#coding.codec)} can not be recorded: ${why}`)
  }

  #begin(format: VideoFormat, time: number, arrivedMs: number, atMs?: number): void {
    const wallMs = atMs ?? Math.max(this.#notBeforeMs, capturedMs(this.#report('video'), time, arrivedMs))
    const { codec, config, codecs, width, height } = format
    const audio = this.#camera.track('audio')
    this.#camera.size = { width, height }
    const writer = this.#init.begin({
      camera: this.#camera.id, startMs: wallMs,
      codecs: `${codecs}${audio === undefined ? '' : ',opus'}`,
      tracks: { width, height, codec, config, inBand: false, audioChannels: audio === undefined ? 0 : Math.max(1, Math.min(2, audio.channels)) }
    }, this.#init.onDurable)
    this.#session = { writer, builder: new PartBuilder(codec), format, startMs: wallMs, hour: hourOf(wallMs), startTime: time, lastTime: time, lastArrivedMs: arrivedMs, partArrivedMs: undefined, audioStart: undefined }
    this.#log('recording %s, %s %dx%d', this.#camera.id, codecName(codec), width, height)
  }

  /** Into the next hour without losing a picture: the new session begins where the old one ends. */
  #nextHour(time: number, arrivedMs: number): void {
    const old = this.#session!
    this.#cut(old, time - old.startTime)
    this.#close(old, 'hour')
    const goneOnMs = old.startMs + (time - old.startTime) * 1000 / VIDEO_TIMESCALE
    this.#begin(old.format, time, arrivedMs, goneOnMs + driftMs(this.#report('video'), time, goneOnMs))
    const session = this.#session
    if (session !== undefined && old.audioStart !== undefined) session.audioStart = old.audioStart + Math.round((time - old.startTime) * AUDIO_TIMESCALE / VIDEO_TIMESCALE)
  }

  #sound(packet: LivePacket): void {
    const session = this.#session
    if (session === undefined || packet.rtp.payload.length === 0) return
    const afterMs = Math.min(MAX_STEP_MS, packet.arrivedMs - session.lastArrivedMs) // longer is a link that was cut, and brings what it held
    this.#heldSounds.push({ packet, cameAt: Math.round(((session.lastTime - session.startTime) / VIDEO_TIMESCALE + afterMs / 1000) * AUDIO_TIMESCALE) })
  }

  /** Sound is given its place when a part is cut: by then the source has said how its two clocks relate. */
  #placeSounds(session: Session): void {
    for (const sound of this.#heldSounds) {
      const { rtp, timestamp } = sound.packet
      session.audioStart = this.#audioStart(session, sound)
      try {
        session.builder.addSound(rtp.payload, timestamp - session.audioStart, opusSamples(rtp.payload))
      } catch {} // a malformed Opus packet is left out; its time stays empty
    }
    this.#heldSounds = []
  }

  /** The audio time (unwrapped as in the packets) of the session's first picture: as the source's reports tell; else as before, while that is near the pictures the sound came with; else by those. */
  #audioStart(session: Session, { packet, cameAt }: HeldSound): number {
    const known = session.audioStart
    const told = this.#toldStart(session, packet)
    if (told !== undefined) return known !== undefined && Math.abs(told - known) <= inSound(MAX_SOUND_SKEW_MS) ? known : told
    return known !== undefined && Math.abs(packet.timestamp - known - cameAt) < inSound(MAX_SOUND_AWAY_MS) ? known : packet.timestamp - cameAt
  }

  #toldStart({ startTime, lastTime }: Session, { rtp, timestamp }: LivePacket): number | undefined {
    const [pictures, sounds] = [this.#report('video'), this.#report('audio')]
    if (pictures === undefined || sounds === undefined) return undefined
    const after = soundAfterPicture(pictures, startTime, sounds, rtp.timestamp)
    const isNear = Math.abs(after - (lastTime - startTime) * AUDIO_TIMESCALE / VIDEO_TIMESCALE) < inSound(MAX_SOUND_AWAY_MS)
    return isNear ? timestamp - after : undefined
  }

  /** The source's last own pairing of its clocks. */
  #report(kind: 'video' | 'audio'): TrackReport | undefined {
    const track = this.#camera.track(kind)
    return track === undefined ? undefined : this.#camera.lastReport(track.index)
  }

  #cut(session: Session, nextAt?: number): void {
    this.#placeSounds(session)
    const part = session.builder.cut(nextAt)
    if (part === undefined) return
    const arrivedMs = Math.round(wallOfArrival(session.partArrivedMs ?? performance.now()))
    session.partArrivedMs = undefined
    session.writer.add({ bytes: part.bytes, key: part.key, startMs: session.startMs + toMs(part.time), durationMs: toMs(part.duration), arrivedMs, cameMs: session.lastArrivedMs })
    this.#notBeforeMs = Math.max(this.#notBeforeMs, session.startMs + toMs(part.time + part.duration))
    this.#init.onProgress()
  }

  /** End the session and wait for the next keyframe. */
  #break(reason: string): void {
    if (this.#session !== undefined) this.#log('recording of %s interrupted - %s', this.#camera.id, reason)
    this.#end(reason)
    this.#camera.requestKeyframe()
  }

  #end(reason: string): void {
    const session = this.#session
    if (session === undefined) return
    this.#session = undefined
    try {
      this.#cut(session)
    } catch (err) {
      this.#log.error('the last part of %s is lost - %s', this.#camera.id, err)
      session.writer.abandon()
    }
    this.#heldSounds = []
    this.#close(session, reason)
  }

  #close(session: Session, reason: string): void {
    this.#closing.set(session.writer, session.writer.close(reason).finally(() => this.#closing.delete(session.writer)))
  }
}

/** Milliseconds in ticks of the audio clock. */
const inSound = (ms: number): number => ms * AUDIO_TIMESCALE / 1000

/** Ticks of the video clock to milliseconds, rounded to microseconds. */
const toMs = (ticks: number): number => Math.round(ticks * 1_000_000 / VIDEO_TIMESCALE) / 1000

