/** A recording in which every picture says its number, and what reads the numbers out of what is made of it. */
import { execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import { silentLog } from '#ring/base/log.ts'
import type { RecordingSession } from '#ring'
import { createRecorder } from '../../node/recording/recorder.ts'
import { clipCamera, makeClip } from './camera-clip.ts'
import { createRecordingRing, type RecordingRing } from './recording-ring.ts'

const run = promisify(execFile)
/** Milliseconds a picture of it lasts. */
export const FRAME_MS = 1000 / 30
const BITS = 8

/** Eight squares on black, white for a one, the highest bit first. */
const COUNTER = `drawbox=x=0:y=0:w=320:h=40:c=black:t=fill,${Array.from({ length: BITS }, (_, bit) => `drawbox=x=${bit * 40}:y=0:w=40:h=40:c=white:t=fill:enable='mod(floor(n/${2 ** (BITS - 1 - bit)}),2)'`).join(',')}`
const READING = 'crop=iw:ih/6:0:0,scale=8:1:flags=area,format=gray'

export interface CountingRecording { readonly world: RecordingRing; readonly session: RecordingSession }
const made = new Map<string, Promise<CountingRecording>>()

/** Eight seconds of `porch` with a tone, keyframes every `gop` pictures, that ended `agoMs` ago. Made once. */
export function countingRecording({ gop = 30, bFrames = 0, agoMs = 10_000 } = {}): Promise<CountingRecording> {
  const key = `${gop} ${bFrames} ${agoMs}`
  const recording = made.get(key) ?? record(gop, bFrames, agoMs)
  made.set(key, recording)
  return recording
}

async function record(gop: number, bFrames: number, agoMs: number): Promise<CountingRecording> {
  const clip = await makeClip({ seconds: 8, gop, bFrames, filter: COUNTER })
  const world = createRecordingRing()
  const camera = clipCamera(clip)
  const recorder = createRecorder({ ring: world.ring, log: silentLog }, { camera })
  recorder.start()
  for (const { index } of clip.tracks) camera.report(clip.report(index, 0, Date.now()))
  for (const step of clip.steps) for (const packet of step.packets) camera.write(packet)
  camera.end('unplugged')
  await recorder.stop()
  const [session] = world.sessions.values()
  const byMs = Math.floor(Date.now() - agoMs - session!.endMs) // it was fed at once, so it "ended" in the future
  const moved = { ...session!, startMs: session!.startMs + byMs, endMs: session!.endMs + byMs, tail: session!.tail.map((part) => ({ ...part, startMs: part.startMs + byMs })) }
  world.sessions.set(moved.session, moved)
  return { world, session: moved }
}

/** The numbers in the pictures of a file, in the order they are shown. */
export async function numbersIn(path: string): Promise<number[]> {
  const { stdout } = await run('/usr/bin/ffmpeg', ['-v', 'error', '-i', path, '-map', '0:v', '-vf', READING, '-fps_mode', 'passthrough', '-f', 'rawvideo', '-'], { encoding: 'buffer' })
  return Array.from({ length: stdout.length / BITS }, (_, i) => numberOf(stdout.subarray(i * BITS, (i + 1) * BITS)))
}

/** The number in a JPEG. */
export async function numberInJpeg(jpeg: Uint8Array): Promise<number> {
  const child = spawn('/usr/bin/ffmpeg', ['-v', 'error', '-f', 'mjpeg', '-i', '-', '-vf', READING, '-f', 'rawvideo', '-'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const parts: Buffer[] = []
  child.stdout.on('data', (bytes: Buffer) => { parts.push(bytes) })
  child.stdin.end(jpeg)
  await new Promise((resolve) => { child.once('close', resolve) })
  return numberOf(Buffer.concat(parts))
}

const numberOf = (luma: Uint8Array): number => luma.reduce((value, each) => value * 2 + (each > 127 ? 1 : 0), 0)
