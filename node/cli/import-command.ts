import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, relative, resolve, sep } from 'node:path'
import type { ImportResult } from '#protocols/http.ts'
import { type FoundFile, walk } from '../library/walk.ts'
import { CommandError, type NodeApi, nodeApi, NODE_FLAGS } from './api.ts'
import { parseFlags, UsageError } from './flags.ts'
import { clean, complain, print, progress } from './output.ts'

/** Files sent at once. @default 2 */
export const UPLOADS_AT_ONCE = 2

interface Outgoing extends FoundFile {
  /** What the node shows: the folder that was named, and what lies under it. */
  readonly name: string
}

/** `thatdam import PATH…`: send files from here. Exit code 1 when one was refused. */
export async function runImport(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('import', argv, NODE_FLAGS)
  if (positionals.length === 0) throw new UsageError('say what to import: thatdam import FILE-OR-FOLDER…')
  const api = nodeApi(values)
  const files = await collect(positionals)
  const results = await sendAll(api, files)
  if (values['json'] === true) print(JSON.stringify({ results }))
  return summary(results, values['json'] === true)
}

async function collect(paths: readonly string[]): Promise<Outgoing[]> {
  const files: Outgoing[] = []
  for (const path of paths.map((each) => resolve(each))) {
    const info = await stat(path).catch(() => { throw new CommandError(`there is no file or folder ${path}`) })
    for await (const file of walk(path)) {
      files.push({ ...file, name: info.isDirectory() ? [basename(path), ...relative(path, file.path).split(sep)].join('/') : basename(path) })
    }
  }
  if (files.length === 0) throw new CommandError('there are no files to import there')
  return files
}

async function sendAll(api: NodeApi, files: readonly Outgoing[]): Promise<ImportResult[]> {
  const bar = progress()
  const total = files.reduce((sum, { size }) => sum + size, 0)
  const waiting = [...files]
  const results: ImportResult[] = []
  let sent = 0
  async function sender(): Promise<void> {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const { name } = file
      results.push(await send(api, file, (count) => bar.set(sent += count, total, name)))
    }
  }
  try {
    await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, sender))
  } finally {
    bar.end()
  }
  return results
}

async function send(api: NodeApi, file: Outgoing, onBytes: (count: number) => void): Promise<ImportResult> {
  const source = createReadStream(file.path, { highWaterMark: 262_144 })
  source.on('data', (part) => onBytes(part.length))
  source.pause()
  try {
    const { results } = await api.upload<{ results: ImportResult[] }>(`assets?name=${encodeURIComponent(file.name)}`, source, file.size)
    return results[0] ?? refusal(file, 'the node gave no answer for it')
  } catch (err) {
    if ((err as { code?: string }).code === 'EACCES') return refusal(file, 'you may not read it')
    throw err
  } finally {
    source.destroy()
  }
}

const refusal = (file: Outgoing, reason: string): ImportResult => ({ path: file.name, outcome: 'refused', assetId: null, copies: 0, reason })

function summary(results: readonly ImportResult[], quiet: boolean): number {
  const refused = results.filter(({ outcome }) => outcome === 'refused')
  if (!quiet) {
    const count = (outcome: string): number => results.filter((result) => result.outcome === outcome).length
    print(`${count('imported')} imported, ${count('known')} known already, ${refused.length} refused`)
  }
  for (const { path, reason } of refused) complain(`refused ${clean(path)}: ${clean(reason ?? '')}`)
  return refused.length > 0 ? 1 : 0
}
