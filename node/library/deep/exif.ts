import { execFile } from 'node:child_process'
import { access } from 'node:fs/promises'
import { promisify } from 'node:util'
import { ExifTool } from 'exiftool-vendored'
import type { AbortOptions, Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'

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

/** ExifTool in a process of its own: it is told to read a file, and what goes wrong there stays there. */
export interface Exif extends Startable {
  /** undefined when it can not be run here, or makes nothing of the file. @throws the signal's reason */
  read(path: string, options?: AbortOptions): Promise<ExifTags | undefined>
  /** The largest picture that is stored whole inside the file, as JPEG. */
  preview(path: string): Promise<Buffer | undefined>
  /** Why it can not be run here, as a sentence; undefined when it can. */
  missing(): Promise<string | undefined>
}

/** Every group, tags that come twice too, places looked up in its own gazetteer; nothing of this machine's own file system. */
const READ_ARGS = ['-a', '-G1', '-struct', '-api', 'geolocation', '-api', 'largefilesupport=1', '-all', '-MWG:DateTimeOriginal', '-x', 'System:All']
const PREVIEWS = ['JpgFromRaw', 'PreviewImage', 'OtherImage', 'ThumbnailImage'] as const

export function createExif({ log, perl = 'perl' }: { log: Logger; perl?: string }): Exif {
  let tool: ExifTool | undefined
  let why: Promise<string | undefined> | undefined

  const missing = (): Promise<string | undefined> => why ??= promisify(execFile)(perl, ['-e', '1']).then(() => undefined, () => 'ExifTool needs perl, which is not installed on this machine: install perl to read what cameras write')
  const opened = (): ExifTool => tool ??= new ExifTool({ maxProcs: 1, maxTasksPerProcess: FILES_PER_EXIFTOOL, taskTimeoutMillis: EXIF_TIMEOUT_MS, taskRetries: 0, maxIdleMsPerProcess: EXIF_IDLE_MS, exiftoolArgs: ['-config', '', '-stay_open', 'True', '-@', '-'] })

  /** It is told of files line by line: a name that breaks a line would be an order. */
  const canRead = async (path: string): Promise<boolean> => !/\p{Cc}/u.test(path) && await missing() === undefined && await access(path).then(() => true, () => false)

  return {
    missing,
    start() {},
    async read(path, { signal } = {}) {
      signal?.throwIfAborted()
      if (!await canRead(path)) return undefined
      try {
        return tidied(await opened().readRaw(path, { readArgs: READ_ARGS }))
      } catch (err) {
        log.error('ExifTool could not read %s - %s', path, err)
        return undefined
      } finally {
        signal?.throwIfAborted()
      }
    },
    async preview(path) {
      if (!await canRead(path)) return undefined
      for (const tag of PREVIEWS) {
        const bytes = await opened().extractBinaryTagToBuffer(tag, path).catch(() => undefined)
        if (bytes !== undefined && bytes.length > 0) return bytes
      }
      return undefined
    },
    async stop() {
      await tool?.end()
      tool = undefined
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
