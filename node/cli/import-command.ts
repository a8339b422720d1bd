import { stat } from 'node:fs/promises'
import { basename, relative, resolve, sep } from 'node:path'
import type { ImportResult } from '#protocols/http.ts'
import { walk } from '../library/walk.ts'
import { CommandError, NODE_FLAGS } from './api.ts'
import { parseFlags, UsageError } from './flags.ts'
import { clean, complain, print, progress } from './output.ts'
import { fileSender, type FileSender, type Outgoing } from './upload-file.ts'

/** Files sent at once. @default 2 */
export const UPLOADS_AT_ONCE = 2

/** `thatdam import PATH…`: send files from here, by way of another node when one dies. Exit code 1 when one was refused. */
export async function runImport(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('import', argv, NODE_FLAGS)
  if (positionals.length === 0) throw new UsageError('say what to import: thatdam import FILE-OR-FOLDER…')
  const files = await collect(positionals)
  const results = await sendAll(await fileSender(values), files)
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

async function sendAll(sender: FileSender, files: readonly Outgoing[]): Promise<ImportResult[]> {
  const bar = progress()
  const total = files.reduce((sum, { size }) => sum + size, 0)
  const waiting = [...files]
  const results: ImportResult[] = []
  const sent = new Map<Outgoing, number>()
  const show = (file: Outgoing, bytes: number): void => {
    sent.set(file, bytes)
    bar.set([...sent.values()].reduce((sum, each) => sum + each, 0), total, file.name)
  }
  async function sendNext(): Promise<void> {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const outgoing = file
      results.push(await sender.send(outgoing, (bytes) => show(outgoing, bytes)))
      show(outgoing, outgoing.size)
    }
  }
  try {
    await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, sendNext))
  } finally {
    bar.end()
  }
  return results
}

function summary(results: readonly ImportResult[], quiet: boolean): number {
  const refused = results.filter(({ outcome }) => outcome === 'refused')
  if (!quiet) {
    const count = (outcome: string): number => results.filter((result) => result.outcome === outcome).length
    print(`${count('imported')} imported, ${count('known')} known already, ${refused.length} refused`)
  }
  for (const { path, reason } of refused) complain(`refused ${clean(path)}: ${clean(reason ?? '')}`)
  return refused.length > 0 ? 1 : 0
}
