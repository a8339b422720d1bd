import { copyFile, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { FAMILIES } from '../../../node/understanding/inference/families.ts'
import { type ModelProcess, openModelProcess } from '../../../node/understanding/inference/model-process.ts'
import type { ModelManifest } from '../../../node/understanding/models/models.ts'

const MODULES = join(import.meta.dirname, '../../../node_modules')

/** Lays out a model that comes with npm packages, as a node does. */
export async function layOut({ files }: ModelManifest, folder: string): Promise<void> {
  for (const { path, package: from } of files) {
    if (from === undefined) throw new Error(`${path} comes with no package`)
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await copyFile(join(MODULES, from.name, from.path), join(folder, path))
  }
}

/** The real process of a model's family, with that model. */
export function openPackaged({ id, family, dtype }: ModelManifest, folder: string): Promise<ModelProcess> {
  return openModelProcess({ program: FAMILIES[family].program, model: { id, family, folder, dtype, threads: 1, provider: 'cpu' } })
}
