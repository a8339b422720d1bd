import { rm, writeFile } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import type { Found, ProbeOptions, Prober } from '../probe.ts'
import { captureOf } from './capture.ts'
import { cameraFacts, exifTurn } from './camera-facts.ts'
import type { Exif, ExifTags } from './exif.ts'
import { encodeMetadata, FIRST_METADATA, METADATA } from './metadata.ts'
import { lacksTimedFix } from './timed-fix.ts'

export interface DeepProberComponents {
  prober: Prober
  exif: Exif
  /** Folder for previews on their way. @default the system's */
  folder?: string
}

/** A prober that also asks ExifTool: what it says refines the facts, and all of it is kept beside the asset. What ExifTool can not do never refuses a file. */
export function createDeepProber({ prober, exif, folder = tmpdir() }: DeepProberComponents): Prober {
  /** The preview inside a raw picture, looked at by the child like any other picture. */
  async function previewOf(path: string, tags: ExifTags, options: ProbeOptions): Promise<Pick<Found, 'poster' | 'hash'>> {
    const bytes = await exif.preview(path)
    if (bytes === undefined) return {}
    const file = join(folder, `${randomUUID()}.jpg`)
    try {
      await writeFile(file, bytes, { flag: 'wx', mode: 0o600 })
      const seen = await prober.probe(file, { ...options, shownPath: 'preview.jpg', turn: exifTurn(tags) })
      return 'refused' in seen || seen.poster === undefined ? {} : { poster: seen.poster, ...(seen.hash === undefined ? {} : { hash: seen.hash }) }
    } finally {
      await rm(file, { force: true })
    }
  }

  async function deepened(path: string, found: Found, options: ProbeOptions): Promise<Found> {
    const tags = await exif.read(path, options)
    const name = options.shownPath ?? path
    if (tags === undefined) return { ...found, probe: { ...found.probe, ...captureOf({}, name, found.probe) } }
    const { width, height, ...camera } = cameraFacts(tags)
    const turn = found.probe.rotation ?? exifTurn(tags)
    const preview = found.isOpaque === true && found.poster === undefined ? await previewOf(path, tags, options) : {}
    return {
      ...found, ...preview,
      probe: { ...(found.isOpaque === true && width !== undefined && height !== undefined ? { width, height, ...(turn === 0 ? {} : { rotation: turn }) } : {}), ...found.probe, ...camera, ...captureOf(tags, name, found.probe) },
      made: { [found.kind === 'video' && await lacksTimedFix(path, tags) ? FIRST_METADATA : METADATA]: encodeMetadata({ ffmpeg: found.ffmpeg, exif: tags }) }
    }
  }

  return {
    async probe(path, options = {}) {
      const found = await prober.probe(path, options)
      return 'refused' in found ? found : deepened(path, found, options)
    },
    async start() {
      await prober.start()
      await exif.start()
    },
    async stop() {
      await exif.stop()
      await prober.stop()
    }
  }
}
