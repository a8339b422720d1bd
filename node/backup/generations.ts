import { InvalidInputError } from '#protocols/errors.ts'
import { decodeGeneration, decodeIndex, decodeMarker, encodeMarker, type Generation, type GenerationDocument, generationPath, type Hash, hashOf, type IndexEntry, indexPath, MARKER_PATH, MAX_INDEX_BYTES, MAX_MANIFEST_BYTES, nameOfGeneration, objectPath, README_PATH } from './backup-format.ts'
import { BackupDamagedError, type BackupTarget, BackupTargetError } from './backup-target.ts'

/** Generations a target may have. @default 100000 */
export const MAX_GENERATIONS = 100_000

/** Names of all generations, oldest first. @throws BackupTargetError */
export async function listGenerations(target: BackupTarget): Promise<string[]> {
  const names: string[] = []
  for await (const { path } of target.list('generations/')) {
    const name = nameOfGeneration(path)
    if (name === undefined) continue
    if (names.push(name) > MAX_GENERATIONS) throw new BackupDamagedError(`${target.name} has more than ${MAX_GENERATIONS} generations`)
  }
  return names.sort()
}

/** @throws BackupDamagedError */
export async function readGeneration(target: BackupTarget, name: string): Promise<Generation> {
  const bytes = await target.get(generationPath(name), MAX_MANIFEST_BYTES)
  if (bytes === undefined) throw new BackupDamagedError(`${generationPath(name)} is missing`)
  return decodeGeneration(name, bytes)
}

/** The newest generation, or the one whose name begins with `wanted`. @throws BackupTargetError when there is none, BackupDamagedError, InvalidInputError */
export async function chooseGeneration(target: BackupTarget, wanted?: string): Promise<{ name: string; generation: Generation }> {
  await readMarker(target)
  const names = await listGenerations(target)
  const found = wanted === undefined ? names.slice(-1) : names.filter((name) => name.startsWith(wanted))
  const [name] = found
  if (names.length === 0) throw new BackupTargetError(`${target.name} holds no finished backup yet: run "thatdam backup ${target.name}" to its end`)
  if (name === undefined) throw new InvalidInputError(`no generation begins with ${JSON.stringify(wanted)}: "thatdam backup list ${target.name}" shows them`)
  if (found.length > 1) throw new InvalidInputError(`${found.length} generations begin with ${JSON.stringify(wanted)}: write more of it`)
  return { name, generation: await readGeneration(target, name) }
}

/** The ring whose backup this is. @throws BackupTargetError when it is no backup, BackupDamagedError */
export async function readMarker(target: BackupTarget): Promise<string> {
  const bytes = await target.get(MARKER_PATH, MAX_MANIFEST_BYTES)
  if (bytes === undefined) throw new BackupTargetError(`there is no backup at ${target.name}`)
  return decodeMarker(bytes).ringId
}

/** Make the target this ring's, or see that it is. @throws BackupTargetError, BackupDamagedError */
export async function claimTarget(target: BackupTarget, ringId: string): Promise<void> {
  const bytes = await target.get(MARKER_PATH, MAX_MANIFEST_BYTES)
  if (bytes !== undefined) {
    if (decodeMarker(bytes).ringId !== ringId) throw new BackupTargetError(`${target.name} holds the backup of another ring: name an empty folder or prefix`)
    return
  }
  for await (const { path } of target.list('')) {
    if (path !== README_PATH) throw new BackupTargetError(`${target.name} holds other things (${path}) and no backup: name a new or empty folder or prefix`)
  }
  await target.put(MARKER_PATH, encodeMarker(ringId))
}

/** @throws BackupDamagedError */
export async function readIndex(target: BackupTarget, document: GenerationDocument): Promise<IndexEntry[]> {
  const bytes = await target.get(indexPath(document), MAX_INDEX_BYTES)
  if (bytes === undefined) throw new BackupDamagedError(`${indexPath(document)} is missing`)
  return decodeIndex(document, bytes)
}

/** An object whose bytes hash to its name. @throws BackupDamagedError */
export async function readObject(target: BackupTarget, hash: Hash, maxBytes: number): Promise<Uint8Array> {
  const bytes = await target.get(objectPath(hash), maxBytes)
  if (bytes === undefined) throw new BackupDamagedError(`${objectPath(hash)} is missing`)
  if (hashOf(bytes) !== hash) throw new BackupDamagedError(`${objectPath(hash)} is damaged: its bytes do not hash to its name`)
  return bytes
}
