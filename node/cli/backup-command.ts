import { backUp, type BackupResult } from '../backup/back-up.ts'
import { timeOfGeneration } from '../backup/backup-format.ts'
import { BackupDamagedError, type BackupTarget } from '../backup/backup-target.ts'
import { listGenerations, readGeneration, readMarker } from '../backup/generations.ts'
import { openTarget } from '../backup/open-target.ts'
import { pruneBackup, type PruneResult } from '../backup/prune-backup.ts'
import { verifyBackup } from '../backup/verify-backup.ts'
import { nodeApi, NODE_FLAGS } from './api.ts'
import { type FlagValues, parseFlags, text, UsageError } from './flags.ts'
import { bytes, clean, complain, print, progress, table } from './output.ts'
import { ringLibrary } from './ring-library.ts'

/** Findings printed without --json; the rest is counted. @default 100 */
export const MAX_SHOWN = 100

const FLAGS = Object.freeze({
  ...NODE_FLAGS, endpoint: { type: 'string' }, keep: { type: 'string' }, generation: { type: 'string' }, sample: { type: 'string' }
} as const)

/** `thatdam backup TARGET`, `thatdam backup list TARGET` and `thatdam backup verify TARGET`. */
export async function runBackup(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('backup', argv, FLAGS)
  const [verb, ...rest] = positionals
  if (verb === 'list' && rest.length === 1) return list(await open(rest[0], values), values)
  if (verb === 'verify' && rest.length === 1) return verify(await open(rest[0], values), values)
  if (verb === undefined || rest.length > 0) throw new UsageError('say where to: thatdam backup DIR or s3://BUCKET/PREFIX; or list or verify, and where (thatdam help backup)')
  return copy(await open(verb, values), values)
}

const open = (target: string | undefined, values: FlagValues): Promise<BackupTarget> => openTarget(target ?? '', { endpoint: text(values, 'endpoint') })

async function copy(target: BackupTarget, values: FlagValues): Promise<number> {
  const keep = keepOf(values)
  const bar = progress()
  const result = await backUp({ source: ringLibrary(nodeApi(values)), target }, {
    onProgress: ({ done, total, copied, copiedBytes }) => bar.set(done, total, `${copied} copied, ${bytes(copiedBytes)}`)
  }).finally(() => bar.end())
  const pruned = keep === undefined ? undefined : await pruneBackup(target, { keep })
  if (values['json'] === true) print(JSON.stringify({ generation: result.generation, ...result.counts, totals: result.manifest.totals, missing: result.missing, outside: result.outside, away: result.away, damaged: result.damaged, ...(pruned === undefined ? {} : { pruned }) }))
  else report(result, pruned)
  for (const name of result.damaged) complain(`an older generation is damaged: ${name}`)
  for (const { name, chunks } of result.missing.slice(0, MAX_SHOWN)) complain(`not whole: ${clean(name)}, of which no node that answers has ${chunks} chunks. Run it again when all nodes answer`)
  for (const { name, paths: [path] } of result.outside.slice(0, MAX_SHOWN)) complain(`not in the backup: ${clean(name)}, whose bytes stay ${path === undefined ? 'elsewhere' : `in ${clean(path)}`} (back that up, or copy it into the ring)`)
  if (result.outside.length > MAX_SHOWN) complain(`and ${result.outside.length - MAX_SHOWN} more files that stay where they are`)
  for (const name of result.away.slice(0, MAX_SHOWN)) complain(`not in the backup: ${clean(name)}, which is in the cloud only (thatdam cloud recall brings it back; then back up again)`)
  if (result.away.length > MAX_SHOWN) complain(`and ${result.away.length - MAX_SHOWN} more that are in the cloud only`)
  if (result.missing.length > MAX_SHOWN) complain(`and ${result.missing.length - MAX_SHOWN} more`)
  return result.missing.length > 0 ? 1 : 0
}

function report({ generation, manifest: { totals }, counts }: BackupResult, pruned: PruneResult | undefined): void {
  print(`${totals.assets} assets, ${totals.recordings} recordings and ${totals.cameras} cameras are backed up: ${counts.copied} objects copied (${bytes(counts.copiedBytes)}), ${counts.present} were there already (${bytes(counts.presentBytes)})`)
  if (pruned !== undefined) print(`${pruned.generations} older generations deleted, and ${pruned.files} objects only they needed (${bytes(pruned.bytes)})`)
  print(`generation ${generation}`)
}

function keepOf(values: FlagValues): number | undefined {
  const keep = text(values, 'keep')
  if (keep === undefined) return undefined
  if (!/^[1-9]\d{0,5}$/.test(keep)) throw new UsageError(`--keep ${keep} is no number of generations: for example --keep 7`)
  return Number(keep)
}

async function list(target: BackupTarget, values: FlagValues): Promise<number> {
  const ringId = await readMarker(target)
  const generations = []
  for (const name of await listGenerations(target)) {
    try {
      const { node, startedAt, finishedAt, totals } = await readGeneration(target, name)
      generations.push({ name, node, startedAt, finishedAt, damaged: false, ...totals })
    } catch (err) {
      if (!(err instanceof BackupDamagedError)) throw err
      generations.push({ name, finishedAt: new Date(timeOfGeneration(name)).toISOString(), damaged: true })
    }
  }
  if (values['json'] === true) print(JSON.stringify({ ringId, generations }))
  else print(table(['GENERATION', 'ASSETS', 'RECORDINGS', 'OBJECTS', 'SIZE', ''], generations.map((each) => 'assets' in each
    ? [each.name.slice(0, 19), String(each.assets), String(each.recordings), String(each.objects), bytes(each.bytes), each.missing > 0 ? `${each.missing} chunks were not to be had` : '']
    : [each.name.slice(0, 19), '', '', '', '', 'damaged'])))
  return generations.some(({ damaged }) => damaged) ? 1 : 0
}

async function verify(target: BackupTarget, values: FlagValues): Promise<number> {
  const bar = progress()
  const found = await verifyBackup(target, {
    generation: text(values, 'generation'), samplePercent: sampleOf(values),
    onProgress: ({ objects, objectsTotal, bytes: count }) => bar.set(objects, objectsTotal, `${objects} of ${objectsTotal} objects, ${bytes(count)}`)
  }).finally(() => bar.end())
  const { findings, generation, read, seen, notes } = found
  if (values['json'] === true) print(JSON.stringify({ generation, read, seen, bytes: found.bytes, whole: findings.length === 0, findings, notes }))
  else {
    const names = [...new Set(findings.map(({ name }) => name))]
    for (const name of names.slice(0, MAX_SHOWN)) {
      const problems = findings.filter((finding) => finding.name === name)
      print(`${name === undefined ? 'the backup itself' : clean(name)}: ${clean(problems[0]?.problem ?? '')}${problems.length > 1 ? `, and ${problems.length - 1} more` : ''}`)
    }
    if (names.length > MAX_SHOWN) print(`and ${names.length - MAX_SHOWN} more`)
    for (const note of notes) print(note)
    print(`${findings.length === 0 ? 'whole' : `NOT whole: ${names.length} of its things are damaged or missing. Delete what is damaged and run "thatdam backup" again: it copies what is not there`}: ${read} objects read (${bytes(found.bytes)})${seen === 0 ? '' : `, ${seen} only seen to be there`}, generation ${generation}`)
  }
  return findings.length === 0 ? 0 : 1
}

function sampleOf(values: FlagValues): number {
  const sample = (text(values, 'sample') ?? '100').replace(/%$/, '')
  const percent = Number(sample)
  if (!(percent >= 0 && percent <= 100) || sample === '') throw new UsageError(`--sample ${sample} is no share: for example --sample 5%`)
  return percent
}
