import { hostname, userInfo } from 'node:os'
import { basename, resolve } from 'node:path'
import type { JobView, OffloadRequest, SafeView } from '#protocols/http.ts'
import { createDigester } from '../offload/copy/digester.ts'
import type { PassProgress } from '../offload/copy/each-file.ts'
import { openFolderTarget } from '../offload/targets/folder-target.ts'
import { notAll } from '../offload/safe/obstacles.ts'
import { failuresOf } from '../offload/offload-job.ts'
import { lookAtCard, offload, type Phase } from '../offload/offload.ts'
import { checkedName } from '../offload/rolls/rolls.ts'
import { CommandError, type NodeApi, nodeApi, NODE_FLAGS } from './api.ts'
import { type FlagValues, parseFlags, text, UsageError } from './flags.ts'
import { untilEnded } from './follow-job.ts'
import { formatsOf } from './mhl-command.ts'
import { version } from './node-command.ts'
import { bytes, clean, complain, type Progress, print, progress } from './output.ts'

const FLAGS = {
  ...NODE_FLAGS, name: { type: 'string' }, to: { type: 'string', multiple: true }, 'no-ring': { type: 'boolean' }, source: { type: 'boolean' }, hash: { type: 'string', multiple: true },
  operator: { type: 'string' }, location: { type: 'string' }, comment: { type: 'string' }
} as const

const PHASES: Readonly<Record<Phase, string>> = { copy: 'copy', source: 'read the card again', readback: 'read the copies back', replicate: 'copies in the ring' }

/** `thatdam offload CARD`. Exit code 1 when a file could not be copied or verified. */
export async function runOffloadCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals: [card, ...more] } = parseFlags('offload', argv, FLAGS)
  if (card === undefined || more.length > 0) throw new UsageError('say which card: thatdam offload CARD, the folder that it is mounted at')
  const to = (Array.isArray(values['to']) ? values['to'] as string[] : []).map((each) => resolve(each))
  if (values['no-ring'] !== true) return byNode(nodeApi(values), requestOf(resolve(card), to, values), values['json'] === true)
  if (to.length === 0) throw new UsageError('say where to: thatdam offload CARD --to DIR --no-ring')
  return here(resolve(card), to, values)
}

function requestOf(card: string, to: string[], values: FlagValues): OffloadRequest {
  const optional = Object.fromEntries(['name', 'operator', 'location', 'comment'].flatMap((flag) => text(values, flag) === undefined ? [] : [[flag, text(values, flag)]]))
  return { card, ...optional, ...(to.length > 0 && { to }), ...(values['source'] === true && { verify: 'source+copy' as const }), ...(values['hash'] !== undefined && { hashes: formatsOf(values['hash']) }) }
}

async function byNode(api: NodeApi, request: OffloadRequest, isJson: boolean): Promise<number> {
  const job = await untilOffloaded(api, await api.post<JobView>('offload', request))
  const report = job.report as { roll?: string; safe?: SafeView } | undefined
  if (isJson) print(JSON.stringify(job))
  else if (report?.safe !== undefined) print(`${clean(job.title)}, roll ${report.roll}: ${sentence(report.safe)}`)
  if (!isJson) for (const reason of report?.safe?.reasons ?? []) print(`  ${clean(reason)}`)
  if (job.state !== 'done') throw new CommandError(clean(job.error ?? 'the offload did not come to its end'))
  return 0
}

/** With the step it is at, and the files of it. */
export const untilOffloaded = (api: NodeApi, started: JobView): Promise<JobView> => untilEnded(api, started, ({ step, filesDone, filesTotal }) => `${step ?? ''}, ${filesDone} of ${filesTotal} files`)

export const sentence = ({ safe, rule, files, safeFiles }: SafeView): string =>
  safe ? `SAFE TO FORMAT: all ${files} files are verified on ${rule.nodes} or more nodes in ${rule.zones} or more zones` : `not safe to format: ${safeFiles} of ${files} files are verified on ${rule.nodes} nodes in ${rule.zones} zones`

async function here(card: string, to: readonly string[], values: FlagValues): Promise<number> {
  const content = await lookAtCard(card)
  const digester = createDigester()
  const bar = progress()
  const formats = formatsOf(values['hash'])
  const location = text(values, 'location')
  const comment = text(values, 'comment')
  const origin = { hostname: hostname(), tool: { name: 'ThatDAM', version: version() }, author: { name: text(values, 'operator') ?? userInfo().username }, ...(location && { location }), ...(comment && { comment }), process: 'transfer' as const }
  try {
    const targets = []
    for (const folder of to) targets.push(await openFolderTarget(content, { ...origin, folder, name: checkedName(text(values, 'name') ?? basename(card)), formats, digester }))
    const outcome = await offload(content, { card, targets, formats, readTwice: values['source'] === true }, { digester, signal: new AbortController().signal, turn: async () => {}, onProgress: (phase, at) => show(bar, phase, at) })
    bar.end()
    if (values['json'] === true) print(JSON.stringify({ ...outcome, sourceVerified: outcome.sourceVerified.size, copies: targets.map(({ root, ways }) => ({ root, readBack: ways })) }))
    else for (const { root, ways } of targets) print(`${clean(root)}: ${outcome.copied} copied, ${outcome.skipped} there already; read back: ${ways.direct} files past the page cache, ${ways.cached} through it`)
    const failures = failuresOf(outcome)
    for (const { path, reason } of failures) complain(`${clean(path)}: ${clean(reason)}`)
    if (failures.length > 0) throw new CommandError(clean(notAll(failures.length, failures[0])))
    return 0
  } finally {
    bar.end()
    await digester.stop()
  }
}

const show = (bar: Progress, phase: Phase, { bytesDone, bytesTotal, filesDone, filesTotal }: PassProgress): void => bar.set(bytesDone, bytesTotal, `${PHASES[phase]}: ${filesDone} of ${filesTotal} files, ${bytes(bytesDone)}`)
