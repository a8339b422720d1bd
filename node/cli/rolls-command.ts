import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { dirname, extname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { CardList, JobView, RollFiles, RollFileView, RollList, RollView, SafeRule, SafeView } from '#protocols/http.ts'
import { isPath } from '#ring'
import { createDigester } from '../offload/copy/digester.ts'
import type { HashFormat } from '../offload/mhl/hash-formats.ts'
import { hashFile } from '../offload/mhl/mhl-folder.ts'
import { CommandError, type NodeApi, nodeApi, NODE_FLAGS } from './api.ts'
import { parseFlags, text, UsageError, wholeNumber } from './flags.ts'
import { sentence, untilOffloaded } from './offload-command.ts'
import { bytes, clean, complain, print, say, table } from './output.ts'

/** Files asked for at once. @default 1000 */
const PAGE = 1_000

type Verb = (api: NodeApi, words: readonly string[], isJson: boolean) => Promise<number>

/** `thatdam rolls`. */
export async function runRolls(argv: readonly string[]): Promise<number> {
  const { values, positionals: [verb = 'list', ...words] } = parseFlags('rolls', argv, { ...NODE_FLAGS, nodes: { type: 'string' }, zones: { type: 'string' } })
  const api = nodeApi(values)
  const isJson = values['json'] === true
  if (verb === 'rule') return setRule(api, { nodes: text(values, 'nodes'), zones: text(values, 'zones') }, isJson)
  const run = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined
  if (run === undefined) throw new UsageError(`there is no "thatdam rolls ${clean(verb)}": use show, safe, verify, report, restore, remove, rule or cards`)
  return run(api, words, isJson)
}

const VERBS: Readonly<Record<string, Verb>> = {
  async list(api, _words, isJson) {
    const { rolls } = await api.get<RollList>('rolls')
    if (isJson) return say({ rolls })
    if (rolls.length === 0) return say('No card was offloaded yet: thatdam offload CARD')
    const safe = await Promise.all(rolls.map(({ id }) => api.get<SafeView>(`rolls/${id}/safe`)))
    print(table(['ROLL', 'NAME', 'NODE', 'FILES', 'SIZE', 'STATE', 'SAFE TO FORMAT'], rolls.map((roll, i) => [roll.id, roll.name, roll.node, String(roll.files), bytes(roll.bytes), roll.jobId === '' ? roll.state : 'being worked on', safe[i]?.safe === true ? 'yes' : 'no'])))
    return 0
  },
  async show(api, [name], isJson) {
    const roll = await rollNamed(api, name)
    if (isJson) return say({ ...roll, safe: await api.get<SafeView>(`rolls/${roll.id}/safe`) })
    for (const [label, value] of Object.entries(roll)) if (typeof value !== 'object' && value !== '') print(`${label.padEnd(12)}${clean(String(value))}`)
    return VERBS['safe']!(api, [roll.id], false)
  },
  async safe(api, [name], isJson) {
    const roll = await rollNamed(api, name)
    const view = await api.get<SafeView>(`rolls/${roll.id}/safe`)
    if (isJson) say(view)
    else for (const line of [`${roll.name}: ${sentence(view)}`, ...view.reasons.map((reason) => `  ${reason}`)]) print(clean(line))
    return view.safe ? 0 : 1
  },
  async verify(api, [name], isJson) {
    const { id } = await rollNamed(api, name)
    const job = await untilOffloaded(api, await api.post<JobView>(`rolls/${id}/verify`, {}))
    const isRead = job.state === 'done'
    if (isRead && !isJson) return VERBS['safe']!(api, [id], false)
    const safe = isRead ? await api.get<SafeView>(`rolls/${id}/safe`) : null
    if (isJson) say({ ...job, safe })
    if (!isRead) throw new CommandError(clean(job.error ?? 'it could not be read back'))
    return safe?.safe === true ? 0 : 1
  },
  async report(api, [name, file], isJson) {
    const format = extname(file ?? '').slice(1).toLowerCase()
    if (file === undefined || (format !== 'html' && format !== 'pdf')) throw new UsageError('say where to: thatdam rolls report ROLL FILE.html, or FILE.pdf')
    const { id } = await rollNamed(api, name)
    await api.download(`rolls/${id}/report.${format}`, (answer) => pipeline(answer, createWriteStream(file)))
    return say(isJson ? { report: resolve(file) } : `the report is in ${clean(resolve(file))}`)
  },
  async restore(api, [name, folder], isJson) {
    if (folder === undefined) throw new UsageError('say where to: thatdam rolls restore ROLL DIR')
    const roll = await rollNamed(api, name)
    const found = await restore(api, roll, join(resolve(folder), clean(roll.name).replaceAll('/', '_')))
    if (isJson) say(found)
    else print(`${found.files} files, ${bytes(found.bytes)}, in ${clean(found.root)}`)
    for (const path of found.wrong) complain(`not what it was: ${clean(path)}`)
    return found.wrong.length > 0 ? 1 : 0
  },
  async remove(api, [name], isJson) {
    const roll = await rollNamed(api, name)
    await api.delete(`rolls/${roll.id}`)
    return say(isJson ? { removed: roll.id } : `${clean(roll.name)} is forgotten`)
  },
  async cards(api, _words, isJson) {
    const { cards } = await api.get<CardList>('cards')
    if (isJson) return say(cards)
    print(cards.length === 0 ? 'No folder of the node\'s machine looks like a card.' : table(['PATH', 'KIND', 'IN USE', 'DEVICE', 'SAFE TO FORMAT'], cards.map(({ path, kind, bytes: size, device, roll }) => [path, kind, size === 0 ? '' : bytes(size), device, roll === null ? 'not offloaded' : roll.safe ? 'yes' : `no: ${roll.reasons[0] ?? ''}`])))
    return 0
  }
}

async function rollNamed(api: NodeApi, name: string | undefined): Promise<RollView> {
  if (name === undefined || name === '') throw new UsageError('say which roll, by its id or its name: thatdam rolls shows them')
  return api.get<RollView>(`rolls/${encodeURIComponent(name)}`)
}

async function setRule(api: NodeApi, { nodes, zones }: { nodes: string | undefined; zones: string | undefined }, isJson: boolean): Promise<number> {
  const { rule } = await api.get<RollList>('rolls')
  const next = nodes === undefined && zones === undefined ? rule : await api.put<SafeRule>('rolls/rule', { nodes: nodes === undefined ? rule.nodes : wholeNumber('nodes', nodes), zones: zones === undefined ? rule.zones : wholeNumber('zones', zones) })
  return say(isJson ? next : `a card is safe to format when every file is verified on ${next.nodes} nodes in ${next.zones} zones`)
}

/** Every file with its time, compared with its first hash; the histories beside them. */
async function restore(api: NodeApi, { id }: RollView, root: string): Promise<{ root: string; files: number; bytes: number; wrong: string[] }> {
  const digester = createDigester()
  const result = { root, files: 0, bytes: 0, wrong: [] as string[] }
  try {
    await mkdir(dirname(root), { recursive: true })
    await mkdir(root).catch((err: NodeJS.ErrnoException) => { throw err.code === 'EEXIST' ? new CommandError(`${root} is there already: name another folder`) : err })
    for (let after: string | undefined, more = true; more;) {
      const page = await api.get<RollFiles>(`rolls/${id}/files?${new URLSearchParams({ limit: String(PAGE), ...(after !== undefined && { after }) })}`)
      for (const folder of after === undefined ? page.folders.filter(isPath) : []) await mkdir(join(root, folder), { recursive: true })
      for (const file of page.files.filter(({ path }) => isPath(path))) if (!await bring(api, id, root, file, digester, result)) result.wrong.push(file.path)
      if (after === undefined) for (const { path } of page.mhl.filter(({ path }) => isPath(path))) await write(join(root, path), (await api.getBytes(`rolls/${id}/mhl?${new URLSearchParams({ path })}`, 256 * 1024 ** 2)).bytes)
      after = page.files.at(-1)?.path
      more = page.files.length === PAGE
    }
    return result
  } finally {
    await digester.stop()
  }
}

async function bring(api: NodeApi, id: string, root: string, file: RollFileView, digester: ReturnType<typeof createDigester>, result: { files: number; bytes: number }): Promise<boolean> {
  const path = join(root, file.path)
  const temporary = `${path}.thatdam-tmp`
  await mkdir(dirname(path), { recursive: true })
  try {
    await api.download(`rolls/${id}/file?${new URLSearchParams({ path: file.path })}`, (answer) => pipeline(answer, createWriteStream(temporary, { flush: true })))
    const [format = 'sha256', hash = file.sha256] = Object.entries(file.hashes)[0] ?? []
    const { hashes } = await hashFile(root, { ...file, path: `${file.path}.thatdam-tmp` }, [format as HashFormat], true, { digester })
    if (hashes[format as HashFormat] !== hash) return false
    await rename(temporary, path)
    await utimes(path, file.mtimeMs / 1_000, file.mtimeMs / 1_000)
    result.files++
    result.bytes += file.size
    return true
  } finally {
    await rm(temporary, { force: true })
  }
}

async function write(path: string, content: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, content)
}
