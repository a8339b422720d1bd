/**
 * Hashes of folders. The content hash is of the sorted content hashes of what lies in the folder; the structure hash is of the sorted
 * hashes of each name with its content (a file) or structure (a folder): it differs when something was renamed or moved.
 */
import { bytesOfHash, type HashFormat, hashBytes } from './hash-formats.ts'

export interface FolderHash {
  readonly content: string
  readonly structure: string
}

interface Folder {
  readonly folders: Map<string, Folder>
  readonly files: Map<string, string>
}

/** By path, the folder itself as ``; `files` are paths and their hashes, `folders` those that may be empty. */
export async function folderHashes(format: HashFormat, files: Iterable<readonly [path: string, hash: string]>, folders: Iterable<string>): Promise<Map<string, FolderHash>> {
  const root: Folder = { folders: new Map(), files: new Map() }
  for (const path of folders) folderAt(root, path.split('/'))
  for (const [path, hash] of files) {
    const parts = path.split('/')
    folderAt(root, parts.slice(0, -1)).files.set(parts.at(-1) ?? '', hash)
  }
  const hashes = new Map<string, FolderHash>()
  await hashFolder(format, root, '', hashes)
  return hashes
}

function folderAt(root: Folder, parts: readonly string[]): Folder {
  let at = root
  for (const part of parts) {
    const next = at.folders.get(part) ?? { folders: new Map(), files: new Map() }
    at.folders.set(part, next)
    at = next
  }
  return at
}

async function hashFolder(format: HashFormat, folder: Folder, path: string, hashes: Map<string, FolderHash>): Promise<FolderHash> {
  const contents: string[] = []
  const structures: string[] = []
  for (const [name, hash] of folder.files) {
    contents.push(hash)
    structures.push(await hashBytes(format, Buffer.from(name), bytesOfHash(format, hash)))
  }
  for (const [name, child] of folder.folders) {
    const { content, structure } = await hashFolder(format, child, path === '' ? name : `${path}/${name}`, hashes)
    contents.push(content)
    structures.push(await hashBytes(format, Buffer.from(name), bytesOfHash(format, structure)))
  }
  const own = { content: await hashOfList(format, contents), structure: await hashOfList(format, structures) }
  hashes.set(path, own)
  return own
}

const hashOfList = (format: HashFormat, list: readonly string[]): Promise<string> => hashBytes(format, ...list.toSorted().map((hash) => bytesOfHash(format, hash)))
