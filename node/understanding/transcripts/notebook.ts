import { appendFile, mkdir, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { HeardLanguage } from './languages.ts'
import type { Line } from './transcript.ts'

/** What was heard in one stretch. */
export interface Heard {
  /** Everything before is done, in ms from its beginning. */
  readonly doneMs: number
  readonly lines: readonly Line[]
  readonly language: HeardLanguage | undefined
  readonly dropped: number
}

/** What was heard of one film or recording so far, kept on this node's disk: a node that was started anew goes on where it was. */
export interface Notebook {
  /** What is there, oldest first. */
  readonly heard: readonly Heard[]
  note(heard: Heard): Promise<void>
  /** It is in the ring, or nobody wants it. */
  remove(): Promise<void>
}

/** Largest notebook that is read, in bytes: one that is larger is begun anew. @default 134217728 */
export const MAX_NOTEBOOK_BYTES = 128 * 1024 ** 2

/** A line of JSON for each stretch; the first names the model. What a crash cut off at the end is heard again. `name` is one of a file. */
export async function openNotebook(folder: string, name: string, model: string): Promise<Notebook> {
  await mkdir(folder, { recursive: true })
  const path = join(folder, `${name}.jsonl`)
  const head = JSON.stringify({ v: 1, model })
  const known = await readNotes(path, head)
  const heard: Heard[] = known ?? []
  const file = await open(path, 'w', 0o600)
  try {
    await file.writeFile([head, ...heard.map((one) => JSON.stringify(one)), ''].join('\n'))
  } finally {
    await file.close()
  }
  return {
    heard,
    async note(one) {
      heard.push(one)
      await appendFile(path, `${JSON.stringify(one)}\n`)
    },
    remove: () => rm(path, { force: true })
  }
}

async function readNotes(path: string, head: string): Promise<Heard[] | undefined> {
  const bytes = await readFile(path).catch(() => undefined)
  if (bytes === undefined || bytes.byteLength > MAX_NOTEBOOK_BYTES) return undefined
  const [first, ...rows] = bytes.toString('utf8').split('\n')
  if (first !== head) return undefined
  const heard: Heard[] = []
  for (const row of rows) {
    try {
      heard.push(JSON.parse(row) as Heard)
    } catch {
      break
    }
  }
  return heard
}
