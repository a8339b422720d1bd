import { access, constants } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { Type } from 'typebox'
import { InvalidInputError } from '#protocols/errors.ts'
import type { JobView } from '#protocols/http.ts'
import { count, known, type Params, type Verb, type VerbContext } from '../verb.ts'

const Path = Type.Optional(Type.String({ minLength: 1, maxLength: 4_096, description: 'absolute path of a file or folder on the node\'s machine' }))
const Paths = Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 4_096 }), { minItems: 1, maxItems: 1_000 }))

const pathsOf = ({ root, directory, path, dir, paths = [] }: Params): string[] => [...[root, directory, path, dir].filter((one) => one !== undefined), ...paths]

/** @throws InvalidInputError saying which path can not be read and why */
export async function checkReadable(path: string): Promise<void> {
  if (!isAbsolute(path) || path.includes('\0')) throw new InvalidInputError(`${JSON.stringify(path)} is no absolute path: name it from / on`)
  await access(path, constants.R_OK).catch((err: { code?: string }) => {
    throw new InvalidInputError(err.code === 'ENOENT' ? `there is no ${path} on this node's machine: mount it, or correct the path` : `this node may not read ${path}: give its user read access`)
  })
}

async function look(params: Params, { actions }: VerbContext): Promise<void> {
  const paths = pathsOf(params)
  if (paths.length === 0) throw new InvalidInputError('say what to scan: "root": "/media/incoming"')
  for (const path of paths) {
    await checkReadable(path)
    await known(actions, 'checkScan')(path)
  }
}

async function check(params: Params, context: VerbContext): Promise<string> {
  await look(params, context)
  return `would import ${pathsOf(params).join(' and ')}`
}

async function run(params: Params, context: VerbContext): Promise<{ message: string; result: unknown }> {
  await look(params, context)
  const { actions, ...options } = context
  const jobs: JobView[] = []
  for (const path of pathsOf(params)) {
    const job = await known(actions, 'scan')(path, options)
    if (job.state !== 'done') throw new InvalidInputError(job.error ?? `the scan of ${path} did not end well`)
    jobs.push(job)
  }
  const sum = (key: 'imported' | 'known' | 'refused'): number => jobs.reduce((total, job) => total + job[key], 0)
  return {
    message: `${count(sum('imported'), 'file')} added, ${sum('known')} already there, ${sum('refused')} refused`,
    result: { imported: sum('imported'), known: sum('known'), refused: sum('refused'), jobs: jobs.map(({ id }) => id) }
  }
}

const isKnown: Verb['isKnown'] = ({ scan }) => scan !== undefined

/** `{"action":"scan","root":"/media/incoming"}` */
export const scan: Verb = { action: 'scan', summary: 'Import a folder of the node\'s machine', params: Type.Object({ root: Path, directory: Path, path: Path, dir: Path, recursive: Type.Optional(Type.Literal(true)) }), isKnown, look, check, run }

/** `{"action":"import","paths":["/media/a.mov"]}` */
export const importFiles: Verb = { action: 'import', summary: 'Import files and folders of the node\'s machine', params: Type.Object({ path: Path, paths: Paths }), isKnown, look, check, run }
