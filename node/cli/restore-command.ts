import { openTarget } from '../backup/open-target.ts'
import { restoreBackup } from '../backup/restore-backup.ts'
import { nodeApi, NODE_FLAGS } from './api.ts'
import { MAX_SHOWN } from './backup-command.ts'
import { parseFlags, text, UsageError } from './flags.ts'
import { bytes, clean, complain, print, progress } from './output.ts'
import { ringLibrary } from './ring-library.ts'

/** `thatdam restore TARGET`: into an empty ring. Exit code 1 when something came back that is not whole. */
export async function runRestore(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('restore', argv, { ...NODE_FLAGS, endpoint: { type: 'string' }, generation: { type: 'string' } })
  const [place] = positionals
  if (place === undefined || positionals.length > 1) throw new UsageError('say what to restore: thatdam restore DIR or s3://BUCKET/PREFIX')
  const target = await openTarget(place, { endpoint: text(values, 'endpoint') })
  const bar = progress()
  const result = await restoreBackup({ target, sink: ringLibrary(nodeApi(values)) }, {
    generation: text(values, 'generation'),
    onProgress: ({ done, total, written, writtenBytes }) => bar.set(done, total, `${written} chunks, ${bytes(writtenBytes)}`)
  }).finally(() => bar.end())
  const { generation, manifest: { totals }, resumed, written, writtenBytes, present, damaged } = result
  if (values['json'] === true) print(JSON.stringify({ generation, resumed, totals, written, writtenBytes, present, damaged }))
  else print(`${totals.assets} assets, ${totals.recordings} recordings and ${totals.cameras} cameras are restored: ${written} chunks written (${bytes(writtenBytes)})${present === 0 ? '' : `, ${present} were there already`}`)
  for (const { name, problem } of damaged.slice(0, MAX_SHOWN)) complain(`not whole: ${clean(name)} - ${clean(problem)}`)
  if (damaged.length > MAX_SHOWN) complain(`and ${damaged.length - MAX_SHOWN} more`)
  return damaged.length > 0 ? 1 : 0
}
