// The command as `npm ci` compiled it, for as long as no source changed since. It must parse on old Nodes, as what loads it does.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const AREAS = ['node', 'peer', 'protocols', 'ring']

/** Below the root: what `build-node.ts` makes. */
export const DIST = 'node/dist'
/** In that folder: of which sources it is. */
export const STAMP_FILE = 'sources'

/**
 * Where a source is compiled to: a path, relative to this folder.
 * @param {string} source below the root
 */
export const compiledFrom = (source) => `../dist/${source.replace(/\//g, '.').replace(/\.ts$/, '.js')}`

/** Paths, sizes and times of every source, and the list of packages, as a hash in hex. */
export function sourcesStamp(root = ROOT) {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json'))) // npm writes it anew, and the same
  for (const file of AREAS.flatMap((area) => sourcesBelow(join(root, area)))) {
    const { size, mtimeMs } = statSync(file)
    hash.update(`${relative(root, file)} ${size} ${Math.floor(mtimeMs / 1000)}\n`) // seconds: archives and layers of images keep no more
  }
  return hash.digest('hex')
}

/**
 * In the order of their names.
 * @param {string} folder
 * @returns {string[]}
 */
function sourcesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1)).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'dist' ? [] : sourcesBelow(path)
    return entry.name.endsWith('.ts') ? [path] : []
  })
}

/** Whether what is compiled is of the sources as they are. */
export function isCompiled(root = ROOT) {
  try {
    return readFileSync(join(root, DIST, STAMP_FILE), 'utf8') === sourcesStamp(root)
  } catch {
    return false
  }
}
