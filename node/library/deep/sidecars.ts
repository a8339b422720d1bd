/** Small files that cameras and phones write beside a picture or film: kept with it, byte for byte. */
import { lstat, readdir, readFile } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'

/** Largest sidecar, in bytes. @default 1048576 */
export const MAX_SIDECAR_BYTES = 1_048_576
/** Sidecars of one file. @default 8 */
export const MAX_SIDECARS = 8

/** iPhone edits, Sony's and Canon's descriptions, thumbnails and clip information of cards, flight logs of drones. */
const ENDINGS = ['.aae', '.xml', 'm01.xml', '.thm', '.cpi', '.srt', '.pp3', '.dop']

/** Whether a file of this name is a sidecar of the file of that name in the same folder; its part of the name says which. */
export function sidecarEnding(name: string, of: string): string | undefined {
  const stem = basename(of, extname(of)).toLowerCase()
  const lower = name.toLowerCase()
  if (lower === basename(of).toLowerCase()) return undefined
  // an edited iPhone picture is IMG_E0001, its edits are IMG_O0001.AAE or IMG_0001.AAE
  const stems = [stem, stem.replace(/^(img_)(?=\d)/, '$1o'), stem.replace(/^img_e/, 'img_'), stem.replace(/^img_e/, 'img_o'), basename(of).toLowerCase()]
  return ENDINGS.find((ending) => stems.some((one) => lower === `${one}${ending}`))
}

/** Whether a file of this name is nothing by itself: an iPhone's edits. The other endings may be anything until what they lie beside is known. */
export const isSidecarName = (name: string): boolean => /\.aae$/i.test(name)

let lately: { folder: string; changedMs: number; names: Promise<string[]> } | undefined

/** A card's thousand files are asked one after the other: its names are read once, and again when they changed. */
async function namesIn(folder: string): Promise<string[]> {
  const changedMs = (await lstat(folder).catch(() => undefined))?.mtimeMs ?? 0
  if (lately?.folder !== folder || lately.changedMs !== changedMs) {
    lately = { folder, changedMs, names: readdir(folder).then((names) => names.filter((name) => ENDINGS.some((ending) => name.toLowerCase().endsWith(ending))), () => []) }
  }
  return lately.names
}

/** Sidecars that lie beside a file of this machine, by their names. */
export async function readSidecars(path: string): Promise<Record<string, Uint8Array>> {
  const names = await namesIn(dirname(path))
  const found: Record<string, Uint8Array> = {}
  for (const name of names) {
    const ending = sidecarEnding(name, path)
    if (ending === undefined || Object.keys(found).length >= MAX_SIDECARS) continue
    const file = join(dirname(path), name)
    const entry = await lstat(file).catch(() => undefined)
    if (entry?.isFile() !== true || entry.size > MAX_SIDECAR_BYTES) continue
    const bytes = await readFile(file).catch(() => undefined) // one that can not be read is no reason to refuse the picture
    if (bytes !== undefined) found[name] = bytes
  }
  return found
}
