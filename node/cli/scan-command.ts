import { resolve } from 'node:path'
import type { FolderView, JobView } from '#protocols/http.ts'
import { CommandError, type NodeApi, nodeApi, NODE_FLAGS } from './api.ts'
import { type FlagValues, parseFlags, text, texts, UsageError } from './flags.ts'
import { untilEnded } from './follow-job.ts'
import { bytes, clean, complain, print, table } from './output.ts'

const SETTINGS = { name: { type: 'string' }, mode: { type: 'string' }, include: { type: 'string', multiple: true }, exclude: { type: 'string', multiple: true }, watch: { type: 'boolean' }, 'no-watch': { type: 'boolean' } } as const
const SCAN_FLAGS = Object.freeze({ ...NODE_FLAGS, ...SETTINGS, add: { type: 'boolean' }, again: { type: 'boolean' } } as const)
const PATHS_FLAGS = Object.freeze({ ...NODE_FLAGS, ...SETTINGS } as const)

/** `thatdam scan DIR`: the node looks through a folder of its own machine; follow it to its end. Exit code 1 when a file was refused. */
export async function runScan(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('scan', argv, SCAN_FLAGS)
  const [dir] = positionals
  if (dir === undefined || positionals.length > 1) throw new UsageError('say which folder: thatdam scan DIR')
  const settings = settingsOf(values)
  if (values['add'] !== true && Object.keys(settings).length > 0) throw new UsageError('how a folder is read is said when it is added (--add), or with thatdam paths set')
  const api = nodeApi(values)
  if (values['add'] === true) await api.post<FolderView>('paths', { path: resolve(dir), ...settings })
  const job = await untilEnded(api, await api.post<JobView>('scan', { path: resolve(dir), ...(values['again'] === true && { again: true }) }), ({ filesDone, filesTotal, bytesDone }) => `${filesDone} of ${filesTotal} files, ${bytes(bytesDone)}`)
  if (values['json'] === true) print(JSON.stringify(job))
  else print(summary(job))
  for (const { outcome, path, reason } of job.results) if (outcome === 'refused') complain(`refused ${clean(path)}: ${clean(reason ?? '')}`)
  if (job.state !== 'done') throw new CommandError(job.error ?? `the scan was not done to its end: ${job.state}`)
  return job.refused > 0 ? 1 : 0
}

function summary({ imported, known, refused, report = {} }: JobView): string {
  const told = (['unchanged', 'moved', 'changed', 'missing', 'unreadable'] as const).filter((name) => Number(report[name] ?? 0) > 0).map((name) => `${report[name]} ${name}`)
  return [`${imported} imported, ${known} known already, ${refused} refused`, ...told.length === 0 ? [] : [`of these and what was there before: ${told.join(', ')}`]].join('; ')
}

/** `thatdam paths list|add|set|remove`: folders of the node's machine that it may read. */
export async function runPaths(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('paths', argv, PATHS_FLAGS)
  const [verb = 'list', target, ...rest] = positionals
  const api = nodeApi(values)
  const done = (answer: unknown, words: string): number => {
    print(values['json'] === true ? JSON.stringify(answer) : words)
    return 0
  }
  if (rest.length > 0 || (target === undefined) !== (verb === 'list')) throw new UsageError('write thatdam paths list, paths add DIR, paths set FOLDER, or paths remove FOLDER')
  if (verb === 'list') return list(api, values)
  if (verb === 'add') return done(await api.post<FolderView>('paths', { path: resolve(target ?? ''), ...settingsOf(values) }), `added: scan it with "thatdam scan ${resolve(target ?? '')}"`)
  const folder = await folderNamed(api, target ?? '')
  if (verb === 'remove') {
    await api.delete(`paths/${folder.id}`)
    return done({ removed: folder.id }, `${clean(folder.path)} is not read any more; what was scanned stays in the library`)
  }
  if (verb !== 'set') throw new UsageError(`there is no ${JSON.stringify(verb)}: write list, add, set or remove`)
  return done(await api.patch<FolderView>(`paths/${folder.id}`, settingsOf(values)), 'set')
}

async function list(api: NodeApi, values: FlagValues): Promise<number> {
  const { folders } = await api.get<{ folders: FolderView[] }>('paths')
  if (values['json'] === true) print(JSON.stringify({ folders }))
  else if (folders.length === 0) print('No node may read any folder of its machine yet: thatdam paths add DIR')
  else print(table(['NODE', 'PATH', 'NAME', 'MODE', 'WATCHED', 'NOTE'], folders.map(({ node, path, name, mode, watch, note }) => [node, path, name, mode, watch ? 'yes' : 'no', note ?? ''])))
  return 0
}

/** By id, path or name. */
async function folderNamed(api: NodeApi, text: string): Promise<FolderView> {
  const { folders } = await api.get<{ folders: FolderView[] }>('paths')
  const found = folders.filter(({ id, path, name }) => id === text || path === text || path === resolve(text) || name === text)
  if (found.length !== 1) throw new CommandError(found.length === 0 ? `there is no folder ${text}: thatdam paths list shows them` : `several folders are called ${text}: name one by its path`)
  return found[0] as FolderView
}

function settingsOf(values: FlagValues): object {
  const mode = text(values, 'mode')
  if (mode !== undefined && mode !== 'import' && mode !== 'reference') throw new UsageError(`--mode ${mode} is none: import (bytes are copied into the ring) or reference (they stay where they are)`)
  const name = text(values, 'name')
  const patterns = (flag: 'include' | 'exclude'): object => values[flag] === undefined ? {} : { [flag]: texts(values, flag).filter((pattern) => pattern !== '') }
  const watch = values['watch'] === true ? { watch: true } : values['no-watch'] === true ? { watch: false } : {}
  return { ...(name !== undefined && { name }), ...(mode !== undefined && { mode }), ...patterns('include'), ...patterns('exclude'), ...watch }
}
