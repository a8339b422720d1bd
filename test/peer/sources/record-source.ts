import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TrackReport } from '#protocols/media.ts'
import { silentLog } from '#ring/base/log.ts'
import type { AccessUnit } from '#protocols/rtp/depacketiser.ts'
import { parseRtp, type RtpPacket } from '#protocols/rtp/packet.ts'
import { depacketiserOf, type VideoCodec } from '#protocols/rtp/video-codecs.ts'
import { type CameraSource, type SourceEvent, VIDEO_TRACK } from '../../../peer/sources/camera-source.ts'
import { parseSource } from '../../../peer/sources/source-spec.ts'
import { supervisedSource } from '../../../peer/sources/supervised-source.ts'

/** What a source gave until it was stopped. */
export interface Recorded {
  readonly events: SourceEvent[]
  readonly units: Array<AccessUnit & { arrivedMs: number }>
  readonly audio: Array<RtpPacket & { arrivedMs: number }>
  readonly reports: TrackReport[]
}

/** Run a source until `enough`, or fail after `ms`. */
export async function recordSource(text: string, enough: (recorded: Recorded) => boolean, ms = 15_000, source: CameraSource = supervisedSource({ log: silentLog }, { spec: parseSource(text, 'Porch') })): Promise<Recorded> {
  const recorded: Recorded = { events: [], units: [], audio: [], reports: [] }
  let depacketiser = depacketiserOf('H264', { reorderPackets: 0 })
  source.events.on((event) => {
    if (event.type === 'report') recorded.reports.push(event.report)
    else if (event.type !== 'packets') {
      recorded.events.push(event)
      if (event.type === 'tracks') depacketiser = depacketiserOf((event.tracks[VIDEO_TRACK]?.codec ?? 'H264') as VideoCodec, { reorderPackets: 0 })
    }
    else for (const { track, rtp } of event.group.packets) {
      if (track === VIDEO_TRACK) recorded.units.push(...depacketiser.push(parseRtp(rtp)).map((unit) => ({ ...unit, arrivedMs: Date.now() })))
      else recorded.audio.push({ ...parseRtp(rtp), arrivedMs: Date.now() })
    }
  })
  await source.start()
  try {
    const deadline = Date.now() + ms
    while (!enough(recorded)) {
      if (Date.now() > deadline) throw new Error(`${text} gave ${recorded.units.length} pictures in ${ms} ms: ${JSON.stringify(recorded.events.slice(-2))}`)
      await new Promise((resolve) => { setTimeout(resolve, 20) })
    }
  } finally {
    await source.stop()
  }
  return recorded
}

/** Whether a program of this machine can be run; tests that need it say that they are skipped. */
export function hasProgram(file: string, args: string[]): boolean {
  try {
    execFileSync(file, args, { stdio: 'ignore', timeout: 5_000 })
    return true
  } catch {
    process.stdout.write(`  skipped: ${file} is not on this machine\n`)
    return false
  }
}

/** Run with a folder that is removed afterwards. */
export function withFolder(run: (folder: string) => Promise<void>): () => Promise<void> {
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), 'thatdam-peer-'))
    try {
      await run(folder)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

/** Luma planes of an Annex-B stream, decoded by the FFmpeg in node-av, in a process of its own. */
export function decodeLuma(folder: string, annexB: Uint8Array): { width: number; planes: Buffer[] } {
  const [input, output] = [join(folder, 'in.h264'), join(folder, 'out.gray')]
  writeFileSync(input, annexB)
  const size = execFileSync(process.execPath, [join(import.meta.dirname, 'decode-luma.ts'), input, output], { encoding: 'utf8', timeout: 30_000 })
  const { width, height } = JSON.parse(size) as { width: number; height: number }
  const bytes = execFileSync('cat', [output], { maxBuffer: 2 ** 30 })
  return { width, planes: Array.from({ length: bytes.length / (width * height) }, (_, i) => bytes.subarray(i * width * height, (i + 1) * width * height)) }
}
