/** Files that lie beside footage and belong to it: which belongs to which. Pure. */
import { basename, dirname, extname } from 'node:path'

/** Extensions of files that say something about another one, and are no media themselves. */
export const SIDECAR_EXTENSIONS: ReadonlySet<string> = new Set(['.xmp', '.xml', '.thm', '.srt', '.vtt', '.aae', '.bim', '.dop', '.pp3', '.ppn', '.rmd', '.cube', '.mie', '.gpx'])
/** Largest sidecar that is kept, in bytes. @default 8388608 */
export const MAX_SIDECAR_BYTES = 8 * 1024 ** 2
/** Sidecars of one file that are kept. @default 32 */
export const MAX_SIDECARS = 32

export const isSidecarName = (name: string): boolean => SIDECAR_EXTENSIONS.has(extname(name).toLowerCase()) && !name.startsWith('.')

/**
 * What the sidecar of a file may be called, without folders and in lower case: `a.mp4.xmp` and `a.xmp` of `a.mp4`, `C0001M01.XML` of
 * `C0001.MP4` (Sony), `IMG_O0001.aae` of `IMG_0001.heic` (what was edited on a phone).
 */
function stemsOf(path: string): string[] {
  const name = basename(path).toLowerCase()
  const stem = name.slice(0, name.length - extname(name).length)
  return [name, stem, `${stem}m01`, stem.replace(/^img_(\d)/, 'img_o$1')]
}

/** Sidecars by the folder they lie in and what they are called without their last extension. */
export class SidecarIndex<T extends { readonly path: string }> {
  readonly #byStem = new Map<string, T[]>()

  add(file: T): void {
    const key = `${dirname(file.path)}/${basename(file.path, extname(file.path)).toLowerCase()}`
    const there = this.#byStem.get(key)
    if (there === undefined) this.#byStem.set(key, [file])
    else there.push(file)
  }

  /** By path; a picture and a film of one name share what belongs to the name. */
  of(path: string): T[] {
    const found = new Set(stemsOf(path).flatMap((stem) => this.#byStem.get(`${dirname(path)}/${stem}`) ?? []))
    return [...found].sort((a, b) => (a.path < b.path ? -1 : 1)).slice(0, MAX_SIDECARS)
  }
}
