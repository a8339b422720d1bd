/** A TensorFlow.js graph model made ready for the runtime: converted once, and kept beside it. */
import { createHash, randomUUID } from 'node:crypto'
import { access, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { convertGraph } from './convert.ts'
import { readGraphModel } from './graph-model.ts'

/** Raised when graphs are converted in another way. */
const CONVERTER = 1

/** A path, or the bytes themselves where nothing can be kept. `name`: of the two files NAME.json and NAME.bin in the folder. @throws InvalidInputError */
export async function readyGraph(folder: string, name: string, results: readonly string[]): Promise<string | Uint8Array> {
  const [json, numbers] = await Promise.all([readFile(join(folder, `${name}.json`)), readFile(join(folder, `${name}.bin`))])
  const kept = join(folder, `${name}-${versionOf(json, numbers, results)}.onnx`)
  if (await access(kept).then(() => true, () => false)) return kept
  const made = convertGraph(readGraphModel(json, numbers), results)
  return await keep(kept, made).then(() => dropOthers(folder, name, kept), () => made)
}

function versionOf(json: Uint8Array, numbers: Uint8Array, results: readonly string[]): string {
  return createHash('sha256').update(json).update(numbers).update(JSON.stringify([CONVERTER, results])).digest('hex').slice(0, 16)
}

/** Whole, or not at all. */
async function keep(path: string, bytes: Uint8Array): Promise<void> {
  const part = `${path}.${randomUUID()}.part`
  try {
    const file = await open(part, 'wx')
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(part, path)
  } catch (err) {
    await rm(part, { force: true }).catch(() => {})
    throw err
  }
}

/** What was made of other files, or in another way. */
async function dropOthers(folder: string, name: string, kept: string): Promise<string> {
  const made = new RegExp(`^${name}-[0-9a-f]{16}\\.onnx$`)
  for (const file of await readdir(folder)) {
    if (made.test(file) && join(folder, file) !== kept) await rm(join(folder, file), { force: true })
  }
  return kept
}
