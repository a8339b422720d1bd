import { hostname, userInfo } from 'node:os'
import { resolve } from 'node:path'
import { createDigester } from '../offload/copy/digester.ts'
import { DEFAULT_HASHES, parseHashFormats } from '../offload/mhl/hash-formats.ts'
import { BrokenHistoryError } from '../offload/mhl/history.ts'
import { createMhl, type MhlCreated, type MhlVerified, type MhlWork, verifyMhl } from '../offload/mhl/mhl-folder.ts'
import { parseFlags, text, UsageError } from './flags.ts'
import { version } from './node-command.ts'
import { bytes, clean, complain, print, progress } from './output.ts'

const FLAGS = { json: { type: 'boolean' }, hash: { type: 'string', multiple: true }, author: { type: 'string' }, location: { type: 'string' }, comment: { type: 'string' }, directories: { type: 'boolean' } } as const

/** `thatdam mhl create|verify DIR`, on this machine, without a node. Exit codes as those of the ASC's own tool: 10 missing, 11 changed, 12 folders, 21 new, 30 to 33 a broken history. */
export async function runMhl(argv: readonly string[]): Promise<number> {
  const { values, positionals: [verb, folder, ...more] } = parseFlags('mhl', argv, FLAGS)
  if ((verb !== 'create' && verb !== 'verify') || folder === undefined || more.length > 0) throw new UsageError('say what to do: thatdam mhl create DIR, or thatdam mhl verify DIR')
  const root = resolve(folder)
  const isJson = values['json'] === true
  const digester = createDigester()
  const bar = progress()
  let done = 0
  const work: MhlWork = { digester, onProgress: (file, count) => bar.set(done += count, Math.max(done, 1), `${file}, ${bytes(done)}`) }
  try {
    if (verb === 'verify') {
      const found = await verifyMhl(root, { folders: values['directories'] === true }, work)
      bar.end()
      return verified(found, isJson)
    }
    const made = await createMhl(root, { ...about(values['author'] as string | undefined, text(values, 'location'), text(values, 'comment')), formats: formatsOf(values['hash']), process: 'in-place' }, work)
    bar.end()
    return created(made, isJson)
  } catch (err) {
    if (!(err instanceof BrokenHistoryError)) throw err
    complain(`thatdam: ${clean(err.message)}`)
    return err.exitCode
  } finally {
    bar.end()
    await digester.stop()
  }
}

/** Hash formats of `--hash`, given once for each or with commas. */
export const formatsOf = (flag: unknown): ReturnType<typeof parseHashFormats> => {
  const names = Array.isArray(flag) ? flag.flatMap((each) => String(each).split(',')) : []
  return names.length === 0 ? [...DEFAULT_HASHES] : parseHashFormats(names)
}

const about = (author: string | undefined, location: string | undefined, comment: string | undefined) => ({
  createdMs: Date.now(), hostname: hostname(), tool: { name: 'ThatDAM', version: version() }, author: { name: author ?? userInfo().username }, ...(location && { location }), ...(comment && { comment })
})

function created({ generations, files, bytes: size, failed, missing }: MhlCreated, isJson: boolean): number {
  if (isJson) print(JSON.stringify({ generations: generations.map(({ folder, name, c4 }) => ({ folder, name, c4 })), files, bytes: size, failed, missing }))
  else for (const { folder, name } of generations) print(`${folder === '' ? '' : `${clean(folder)}/`}ascmhl/${clean(name)}: ${files} files, ${bytes(size)}`)
  tell('changed since it was first hashed', failed)
  tell('missing', missing)
  return failed.length > 0 ? 11 : missing.length > 0 ? 10 : 0
}

function verified(found: MhlVerified, isJson: boolean): number {
  const { files, bytes: size, failed, missing, unknown, folders } = found
  if (isJson) print(JSON.stringify(found))
  else if (failed.length + missing.length + unknown.length + folders.length === 0) print(`all ${files} files (${bytes(size)}) are what the ${found.generations === 1 ? 'one generation' : `${found.generations} generations`} of the history say`)
  tell('changed since it was first hashed', failed)
  tell('missing', missing)
  tell('not in the history', unknown)
  tell('a folder whose structure changed', folders)
  return failed.length > 0 ? 11 : missing.length > 0 ? 10 : unknown.length > 0 ? 21 : folders.length > 0 ? 12 : 0
}

const tell = (what: string, paths: readonly string[]): void => { for (const path of paths) complain(`${what}: ${clean(path)}`) }
