/** Which files of a model lie on this machine, and whether they are the right ones. */
import { lstat, mkdir, readlink, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ModelFile, ModelManifest, ModelState } from './models.ts'
import { packageFolder } from './package-file.ts'
import type { SeenFiles } from './seen-files.ts'

/** What each file should hash to, by path; what is not in it may be anything. */
export type Expected = ReadonlyMap<string, string>

export interface Looked {
  readonly state: Extract<ModelState, { state: 'absent' | 'ready' | 'corrupt' }>
  /** Of the files that are there, by path, when all of them are. */
  readonly hashes: ReadonlyMap<string, string>
}

export interface LookOptions {
  /** Read every file again. */
  readonly fresh?: boolean
  readonly signal?: AbortSignal
}

/** The first of these folders that has all of them; files of packages are linked into the last. */
export async function lookForModel({ seen, folders }: { readonly seen: SeenFiles; readonly folders: readonly string[] }, manifest: ModelManifest, expected: Expected, options: LookOptions = {}): Promise<Looked> {
  const own = folders.at(-1)
  if (own !== undefined) await linkPackageFiles(manifest, join(own, manifest.id))
  let best: Looked = { state: { state: 'absent' }, hashes: new Map() }
  for (const folder of folders) {
    const places = [manifest.id, ...manifest.repository === undefined ? [] : [manifest.repository]]
    for (const place of places) {
      const looked = await lookInto(seen, join(folder, place), manifest, expected, options)
      if (looked.state.state === 'ready') return looked
      if (looked.state.state === 'corrupt') best = looked
    }
  }
  return best
}

async function lookInto(seen: SeenFiles, folder: string, manifest: ModelManifest, expected: Expected, options: LookOptions): Promise<Looked> {
  const hashes = new Map<string, string>()
  let bytes = 0
  for (const { path } of manifest.files) {
    const file = await seen.look(join(folder, path), options)
    if (file === undefined) return { state: { state: 'absent' }, hashes: new Map() }
    const right = expected.get(path)
    if (right !== undefined && right !== file.sha256) return { state: { state: 'corrupt', reason: `${join(folder, path)} is not the file it should be: it hashes to ${file.sha256.slice(0, 12)}…, not ${right.slice(0, 12)}…` }, hashes: new Map() }
    hashes.set(path, file.sha256)
    bytes += file.size
  }
  return { state: { state: 'ready', folder, bytes, revision: manifest.revision }, hashes }
}

async function linkPackageFiles({ files }: ModelManifest, folder: string): Promise<void> {
  for (const file of files) if (file.package !== undefined) await link(file.package, join(folder, file.path))
}

async function link({ name, path }: NonNullable<ModelFile['package']>, target: string): Promise<void> {
  const installed = packageFolder(name)
  if (installed === undefined) return
  const source = join(installed, path)
  if (await readlink(target).catch(() => undefined) === source) return
  await mkdir(dirname(target), { recursive: true })
  if (await lstat(target).catch(() => undefined) !== undefined) await rm(target)
  await symlink(source, target)
}
