/** What a copy in a folder has, by its journal and its history. */
import { appendFile, lstat, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readCard } from '../card/card-files.ts'
import { Histories } from '../mhl/history.ts'
import { readHistoryFiles } from '../mhl/mhl-folder.ts'
import { isSameFile } from '../card/same-card.ts'
import type { CopiedFile } from './target.ts'

/** What was copied and is in no generation yet, and what of it is doubted: a file in the copy, gone when the generation is written. */
export const JOURNAL = '.thatdam-offload.jsonl'

/** What is there of a copy. */
export interface KnownCopy {
  readonly files: Map<string, CopiedFile>
  readonly unsealed: readonly string[]
  readonly doubted: Map<string, CopiedFile>
}

/** The newest of a path counts. */
type JournalLine = CopiedFile & { readonly doubted?: true }

export async function appendJournal(root: string, line: JournalLine): Promise<void> {
  await appendFile(join(root, JOURNAL), `${JSON.stringify(line)}\n`, { flush: true })
}

export async function dropJournal(root: string): Promise<void> {
  await rm(join(root, JOURNAL), { force: true })
}

/** What earlier runs copied and is still there as it was: by the journal of one that was cut off, and by the history. */
export async function readKnown(root: string): Promise<KnownCopy> {
  const files = new Map<string, CopiedFile>()
  const { folders } = await readCard(root).catch(() => ({ folders: [] as string[] }))
  for (const { folder, generations } of new Histories(await readHistoryFiles(root, folders)).all) {
    for (const { path, size, modifiedMs = 0, hashes } of generations.flatMap(({ manifest }) => manifest.files)) {
      const full = folder === '' ? path : `${folder}/${path}`
      if (hashes.some(({ action }) => action === 'failed')) files.delete(full)
      else files.set(full, { path: full, size, mtimeMs: modifiedMs, hashedMs: hashes[0]?.hashedMs ?? 0, hashes: Object.fromEntries(hashes.map(({ format, hash }) => [format, hash])) })
    }
  }
  const journal = new Map((await readJournal(root)).map((line) => [line.path, line]))
  const doubted = new Map([...journal].filter(([, line]) => line.doubted))
  for (const [path, line] of journal) files.set(path, line)
  for (const path of doubted.keys()) files.delete(path)
  for (const [path, file] of files) {
    const there = await lstat(join(root, path)).catch(() => undefined)
    if (there === undefined || !isSameFile(file, there)) files.delete(path)
  }
  return { files, unsealed: [...journal.keys()].filter((path) => files.has(path)), doubted }
}

/** Lines up to the first that a power cut left half. */
async function readJournal(root: string): Promise<JournalLine[]> {
  const text = await readFile(join(root, JOURNAL), 'utf8').catch(() => '')
  const lines: JournalLine[] = []
  for (const line of text.split('\n')) {
    try {
      lines.push(JSON.parse(line) as JournalLine)
    } catch {
      break
    }
  }
  return lines
}
