/** Files that lie beside footage and belong to it: which belongs to which. Pure. */
import { basename, extname } from 'node:path'
import type { Asset } from '#ring'

/** Extensions of files that say something about another one, and are no media themselves. */
export const SIDECAR_EXTENSIONS: ReadonlySet<string> = new Set(['.xmp', '.xml', '.thm', '.srt', '.vtt', '.aae', '.cpi', '.bim', '.dop', '.pp3', '.ppn', '.rmd', '.cube', '.mie', '.gpx'])
/** Largest sidecar that is kept, in bytes. @default 8388608 */
export const MAX_SIDECAR_BYTES = 8 * 1024 ** 2
/** Sidecars of one file that are kept. @default 32 */
export const MAX_SIDECARS = 32

export const isSidecarName = (path: string): boolean => SIDECAR_EXTENSIONS.has(extname(path).toLowerCase()) && !basename(path).startsWith('.')

/** Name without folders and its last extension, in lower case. */
export const stemOf = (path: string): string => basename(path, extname(path)).toLowerCase()

/**
 * What the sidecar of a file may be called, without folders and extension and in lower case: `a.mp4.xmp` and `a.xmp` of `a.mp4`, `C0001M01.XML` of
 * `C0001.MP4` (Sony); of an iPhone's IMG_0001, and of IMG_E0001 which is the same edited, what was edited is IMG_0001.AAE or IMG_O0001.AAE.
 */
export function sidecarStems(path: string): string[] {
  const stem = stemOf(path)
  return [...new Set([basename(path).toLowerCase(), stem, `${stem}m01`, stem.replace(/^img_(\d)/, 'img_o$1'), stem.replace(/^img_e/, 'img_'), stem.replace(/^img_e/, 'img_o')])]
}

/** The other way round: what the footage of a sidecar may be called. */
export function footageStems(path: string): string[] {
  const stem = stemOf(path)
  const plain = stem.replace(/^img_o(?=\d)/, 'img_')
  return [...new Set([stem, stemOf(stem), stem.replace(/m01$/, ''), plain, plain.replace(/^img_(?=\d)/, 'img_e')])]
}

/** What has to be known of footage to tell whose a sidecar is. */
export interface AlikeFootage {
  readonly facts: Pick<Asset['facts'], 'batch' | 'importedAtMs'>
  readonly locations: Asset['locations']
}

/**
 * Cameras use names again: of footage that is called alike, that of the sidecar's own import, else of the newest one; and where several were called
 * the very same, the newest. `sinceMs`: when it came in last. @default when it was imported first
 */
export function ofItsImport<Footage extends AlikeFootage>(alike: readonly Footage[], isOwn: (footage: Footage) => boolean, sinceMs = ({ facts }: Footage): number => facts.importedAtMs): Footage[] {
  const [newest] = alike.toSorted((a, b) => sinceMs(b) - sinceMs(a))
  const own = alike.filter(isOwn)
  const some = own.length > 0 ? own : alike.filter(({ facts }) => facts.batch === newest?.facts.batch)
  const sharesPath = (a: Footage, b: Footage): boolean => a.locations.some(({ node, path }) => b.locations.some((other) => other.node === node && other.path === path))
  return some.filter((one) => !some.some((other) => sinceMs(other) > sinceMs(one) && sharesPath(one, other)))
}

/** Whether the one is a sidecar of the other, when both lie in one folder. */
export const belongsBeside = (sidecar: string, footage: string): boolean => isSidecarName(sidecar) && sidecarStems(footage).includes(stemOf(sidecar))
