import { execFile } from 'node:child_process'
import { access } from 'node:fs/promises'
import { promisify } from 'node:util'
import { ExifTool } from 'exiftool-vendored'
import type { AbortOptions, Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { Position } from '../facts.ts'

/** ExifTool may take this long over one file, in ms. @default 30000 */
export const EXIF_TIMEOUT_MS = 30_000
/** Files after which its process is replaced. @default 500 */
export const FILES_PER_EXIFTOOL = 500
/** Its process is ended when nobody needs it for this long, in ms. @default 60000 */
export const EXIF_IDLE_MS = 60_000
/** Longest value of a tag that is kept, in characters. @default 2000 */
export const MAX_TAG_CHARS = 2_000
/** Tags kept of one file. @default 3000 */
export const MAX_EXIF_TAGS = 3_000

/** `Group:Tag` to its value as ExifTool prints it. */
export type ExifTags = Readonly<Record<string, unknown>>

export interface ReadOptions extends AbortOptions {
  /** The place that is looked up. @default the one in the file */
  at?: Position
}

/** ExifTool in processes of its own: it is told to read a file, and what goes wrong there stays there. */
export interface Exif extends Startable {
  /** undefined when it can not be run here, or makes nothing of the file. @throws the signal's reason */
  read(path: string, options?: ReadOptions): Promise<ExifTags | undefined>
  /** Where a film was while it ran, as `read` leaves it out: `Doc<sample>:Group:GPS…`, numbers as numbers. It looks through all of the film. */
  readTimed(path: string, options?: AbortOptions): Promise<ExifTags | undefined>
  /** The largest picture that is stored whole inside the file, as JPEG. */
  preview(path: string): Promise<Buffer | undefined>
  /** Why it can not be run here, as a sentence; undefined when it can. */
  missing(): Promise<string | undefined>
}

/** Every group, tags that come twice too, places looked up in its own gazetteer; nothing of this machine's own file system. */
const readArgs = (at: Position | undefined): string[] => ['-a', '-G1', '-struct', '-api', at === undefined ? 'geolocation' : `geolocation=${at.latitude},${at.longitude}`, '-api', 'largefilesupport=1', '-all', '-MWG:DateTimeOriginal', '-x', 'System:All']
const TIMED_ARGS = ['-ee', '-a', '-n', '-G3:1', '-api', 'largefilesupport=1', ...['Latitude', 'LatitudeRef', 'Longitude', 'LongitudeRef', 'Altitude', 'DateTime', 'MeasureMode', 'Status'].map((name) => `-GPS${name}`), '-SampleTime']
const PREVIEWS = ['JpgFromRaw', 'PreviewImage', 'OtherImage', 'ThumbnailImage'] as const

export function createExif({ log, perl = 'perl' }: { log: Logger; perl?: string }): Exif {
  const tools = new Map<'quick' | 'slow', ExifTool>()
  let why: Promise<string | undefined> | undefined

  const missing = (): Promise<string | undefined> => why ??= promisify(execFile)(perl, ['-e', '1']).then(() => undefined, () => 'ExifTool needs perl, which is not installed on this machine: install perl to read what cameras write')
  /** Nobody waits for one that looks through a whole film. */
  function opened(pace: 'quick' | 'slow' = 'quick'): ExifTool {
    const tool = tools.get(pace) ?? new ExifTool({ maxProcs: 1, maxTasksPerProcess: FILES_PER_EXIFTOOL, taskTimeoutMillis: EXIF_TIMEOUT_MS, taskRetries: 0, maxIdleMsPerProcess: EXIF_IDLE_MS, exiftoolArgs: ['-config', '', '-stay_open', 'True', '-@', '-'] })
    tools.set(pace, tool)
    return tool
  }

  /** It is told of files line by line: a name that breaks a line would be an order. */
  const canRead = async (path: string): Promise<boolean> => !/\p{Cc}/u.test(path) && await missing() === undefined && await access(path).then(() => true, () => false)

  async function ask(tool: () => ExifTool, path: string, readArgs: string[], signal: AbortSignal | undefined): Promise<object | undefined> {
    signal?.throwIfAborted()
    if (!await canRead(path)) return undefined
    try {
      return await tool().readRaw(path, { readArgs })
    } catch (err) {
      log.error('ExifTool could not read %s - %s', path, err)
      return undefined
    } finally {
      signal?.throwIfAborted()
    }
  }

  return {
    missing,
    start() {},
    async read(path, { signal, at } = {}) {
      const raw = await ask(opened, path, readArgs(at), signal)
      return raw === undefined ? undefined : tidied(raw)
    },
    readTimed: async (path, { signal } = {}) => await ask(() => opened('slow'), path, TIMED_ARGS, signal) as ExifTags | undefined,
    async preview(path) {
      if (!await canRead(path)) return undefined
      for (const tag of PREVIEWS) {
        const bytes = await opened().extractBinaryTagToBuffer(tag, path).catch(() => undefined)
        if (bytes !== undefined && bytes.length > 0) return bytes
      }
      return undefined
    },
    async stop() {
      for (const tool of tools.values()) await tool.end()
      tools.clear()
    }
  }
}

const DROPPED = /^(?:SourceFile|errors|warnings|ExifTool:(?:ExifToolVersion|Now))$|:(?:Directory|FilePath)$/

/** Values that fit; binary ones by their size only. */
function tidied(raw: object): ExifTags {
  const tags: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(raw)) {
    if (DROPPED.test(name) || value === null || value === undefined) continue
    if (Object.keys(tags).length >= MAX_EXIF_TAGS) break
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    tags[name] = text.length <= MAX_TAG_CHARS ? value : `${text.slice(0, MAX_TAG_CHARS)}…`
  }
  return tags
}
