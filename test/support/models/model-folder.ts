import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Writes the files of a model: bytes as they are, all else as JSON. */
export async function writeModel(folder: string, files: Readonly<Record<string, unknown>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content instanceof Uint8Array ? content : JSON.stringify(content, null, 1))
  }
}
