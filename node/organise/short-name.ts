import { extname } from 'node:path'

/** Longest name of a file or folder, in bytes of UTF-8; file systems take 255, and what is written meanwhile is longer. @default 200 */
export const MAX_SEGMENT_BYTES = 200

/** A title may have a dot in it, and half of its words behind that. */
export const extensionOf = (name: string): string => /^\.[\p{L}\p{N}_-]{1,16}$/u.exec(extname(name))?.[0] ?? ''
export const withoutExtension = (name: string): string => name.slice(0, name.length - extensionOf(name).length)

/** As much of the stem as fits with its extension, in whole characters. */
export function shortened(stem: string, extension: string): string {
  let [kept, bytes] = ['', Buffer.byteLength(extension)]
  for (const character of stem) {
    bytes += Buffer.byteLength(character)
    if (bytes > MAX_SEGMENT_BYTES) break
    kept += character
  }
  return kept + extension
}
