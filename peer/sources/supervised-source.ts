import { type ChildProcess, fork } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { emitter } from '#ring/base/emitter.ts'
import type { Logger } from '#ring/base/log.ts'
import type { CameraSource, Encoding, SourceEvent, WorkerCommand, WorkerMessage } from './camera-source.ts'
import { redact, sourceLabel, type SourceSpec, type V4l2Spec } from './source-spec.ts'
import { v4l2Device } from './v4l2-device.ts'

export interface SupervisedSourceComponents {
  log: Logger
  /** Has a device set as was ordered before it is opened; answers what to open. @default it is left as it is */
  prepare?: (spec: V4l2Spec) => Promise<V4l2Spec>
  /** Starts the process that captures; replaced in tests. */
  spawn?: () => ChildProcess
}

export interface SupervisedSourceInit {
  spec: SourceSpec
  /** @default as the source is */
  encoding?: Encoding
  /** Pass HEVC through instead of encoding it as H.264. @default false */
  keepHevc?: boolean
  /** First pause before a failed source is started again, in ms; doubled up to `maxRetryMs`. @default 500 */
  retryMs?: number
  /** @default 5000 */
  maxRetryMs?: number
  /** A capture that gives no packet for this long is killed, in ms. @default 10000 */
  silenceMs?: number
  /** The same for its first picture, which a slow machine needs time for, in ms. @default 30000 */
  firstPictureMs?: number
  /** A capture that ran this long was well, in ms: the next pause is short again, and it is tried again whether its picture can be passed on. @default 10000 */
  healthyMs?: number
}

export const DEFAULT_RETRY_MS = 500
export const DEFAULT_MAX_RETRY_MS = 5_000
export const DEFAULT_SILENCE_MS = 10_000
export const DEFAULT_FIRST_PICTURE_MS = 30_000
export const DEFAULT_HEALTHY_MS = 10_000
/** How often a missing device is looked for, in ms. @default 500 */
export const DEVICE_POLL_MS = 500
/** A camera that is unplugged stops sending a moment before its device is gone, in ms. */
const UNPLUG_MS = 200
const KILL_AFTER_MS = 500

/** A source that captures in a child process: a crash or a hang in a decoder costs a restart, never the peer. */
export function supervisedSource({ log, prepare, spawn = forkWorker }: SupervisedSourceComponents, init: SupervisedSourceInit): CameraSource {
  const { spec, encoding = {}, keepHevc = false, retryMs = DEFAULT_RETRY_MS, maxRetryMs = DEFAULT_MAX_RETRY_MS, silenceMs = DEFAULT_SILENCE_MS, firstPictureMs = DEFAULT_FIRST_PICTURE_MS, healthyMs = DEFAULT_HEALTHY_MS } = init
  const events = emitter<SourceEvent>()
  const stopping = new AbortController()
  const label = sourceLabel(spec)
  const device = spec.kind === 'v4l2' ? v4l2Device(spec.device) : undefined
  let loop: Promise<void> | undefined
  let child: ChildProcess | undefined
  let transcode = false
  let lastReason = ''

  function waiting(reason: string): void {
    if (reason !== lastReason) log.error('%s: %s', label, reason)
    lastReason = reason
    events.emit({ type: 'waiting', reason })
  }

  async function supervise(signal: AbortSignal): Promise<void> {
    let pauseMs = retryMs
    while (!signal.aborted) {
      const present = await whenPresent(signal)
      if (present === undefined) return
      const ready = present.kind === 'v4l2' && prepare !== undefined ? await prepare(present) : present
      if (signal.aborted) return
      const startedAt = Date.now()
      const ended = await capture(ready, signal)
      if (signal.aborted) return
      if (await isUnplugged(signal)) {
        pauseMs = retryMs
        continue
      }
      waiting(ended.reason)
      if (ended.again) continue
      if (Date.now() - startedAt > healthyMs) {
        pauseMs = retryMs
        transcode = false // it may have been set otherwise in the camera meanwhile
      }
      await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => {})
      pauseMs = Math.min(maxRetryMs, pauseMs * 2)
    }
  }

  /** What to capture, with the path the camera has now. One that is not plugged in is said so once, and taken up as soon as it is. */
  async function whenPresent(signal: AbortSignal): Promise<SourceSpec | undefined> {
    for (let said = ''; !signal.aborted;) {
      const located = await device?.locate()
      if (located === undefined) return spec
      if ('path' in located) return { ...spec, device: located.path } as SourceSpec
      if (located.missing !== said) waiting(located.missing)
      said = located.missing
      await sleep(DEVICE_POLL_MS, undefined, { signal, ref: false }).catch(() => {})
    }
    return undefined
  }

  async function isUnplugged(signal: AbortSignal): Promise<boolean> {
    if (device === undefined) return false
    await sleep(UNPLUG_MS, undefined, { signal, ref: false }).catch(() => {})
    return 'missing' in await device.locate()
  }

  function capture(present: SourceSpec, signal: AbortSignal): Promise<{ reason: string; again: boolean }> {
    const worker = spawn()
    child = worker
    let reason = ''
    let again = false
    let stderr = ''
    const stop = (): void => endWorker(worker)
    let silence = watchdog(firstPictureMs)
    function watchdog(ms: number): NodeJS.Timeout {
      return setTimeout(() => {
        reason = `no picture for ${ms / 1_000} s`
        worker.kill('SIGKILL')
      }, ms).unref()
    }
    worker.stderr?.on('data', (bytes: Buffer) => { stderr = redact((stderr + bytes).slice(-2_000)) })
    worker.on('message', (message: WorkerMessage) => {
      if (message.type === 'failed') {
        reason = message.reason
        again = message.transcode && !transcode
        transcode ||= message.transcode
        return
      }
      if (message.type === 'waiting') clearTimeout(silence)
      else if (message.type === 'packets' && message.group.video) {
        clearTimeout(silence)
        silence = watchdog(silenceMs)
        lastReason = ''
      }
      if (!signal.aborted) events.emit(message.type === 'tracks' && present.kind === 'v4l2' ? { ...message, device: present.device } : message)
    })
    signal.addEventListener('abort', stop, { once: true })
    worker.send({ type: 'start', spec: present, transcode, keepHevc, encoding } satisfies WorkerCommand, () => {})
    return new Promise((resolve) => {
      const done = (fallback: string): void => {
        clearTimeout(silence)
        signal.removeEventListener('abort', stop)
        child = undefined
        resolve({ reason: reason || lastLine(stderr) || fallback, again })
      }
      worker.once('error', (err) => done(`cannot start the capture: ${err.message}`))
      // 'close' does not come after disconnect()
      worker.once('exit', (code, killed) => done(`the capture ended (${killed ?? code})`))
    })
  }

  return {
    events,
    start() { loop ??= supervise(stopping.signal) },
    async stop() {
      stopping.abort()
      await loop
    },
    requestKeyframe() {
      if (child?.connected) child.send({ type: 'keyframe' } satisfies WorkerCommand, () => {})
    }
  }
}

/** The worker's whole input comes over the channel: an address with a password shows in no process list. */
function forkWorker(): ChildProcess {
  return fork(new URL('./source-worker.ts', import.meta.url), [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] })
}

function endWorker(worker: ChildProcess): void {
  if (worker.connected) worker.disconnect()
  const timer = setTimeout(() => worker.kill('SIGKILL'), KILL_AFTER_MS)
  worker.once('exit', () => clearTimeout(timer))
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim().slice(0, 300) ?? ''
}
