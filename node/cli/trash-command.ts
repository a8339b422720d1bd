/** What deleted assets wait in, and the space they leave. */
import type { AssetView, GarbageReport, TrashEmptied, TrashView } from '#protocols/http.ts'
import { type NodeApi, nodeApi, NODE_FLAGS } from './api.ts'
import { listed, wholeId } from './asset-id.ts'
import { parseFlags, UsageError } from './flags.ts'
import { bytes, clean, print, table } from './output.ts'

const DAY_MS = 86_400_000
const IN_TRASH = '&trash=true'

/** `thatdam trash list|restore ID…|delete ID…|empty|days [N]`. */
export async function runTrash(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('trash', argv, NODE_FLAGS)
  const [verb = '', ...rest] = positionals
  const api = nodeApi(values)
  const json = values['json'] === true
  const answer = (object: object, words: string): number => {
    print(json ? JSON.stringify(object) : words)
    return 0
  }
  if (verb === 'list' && rest.length === 0) return list(api, answer)
  if ((verb === 'restore' || verb === 'delete') && rest.length > 0) {
    const ids: string[] = []
    for (const text of rest) ids.push(await wholeId(api, text, IN_TRASH))
    for (const id of ids) await (verb === 'restore' ? api.post(`assets/${id}/restore`, {}) : api.delete(`assets/${id}?purge=true`))
    return answer(verb === 'restore' ? { restored: ids } : { purged: ids }, `${ids.length} ${verb === 'restore' ? 'restored' : 'deleted for good'}`)
  }
  if (verb === 'empty' && rest.length === 0) {
    const emptied = await api.delete<TrashEmptied>('trash')
    return answer(emptied, `${emptied.purged} deleted for good`)
  }
  if (verb === 'days' && rest.length <= 1) {
    const trash = rest[0] === undefined ? await api.get<TrashView>('trash') : await api.put<TrashView>('trash', { days: daysOf(rest[0]) })
    return answer(trash, `deleted assets can be restored for ${trash.days} days, on every node of the ring`)
  }
  throw new UsageError('say what to do: thatdam trash list, restore ID…, delete ID…, empty, or days [N] (thatdam help trash)')
}

/** `thatdam gc [--dry-run]`: one look of one node. */
export async function runGc(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('gc', argv, { ...NODE_FLAGS, 'dry-run': { type: 'boolean' } })
  if (positionals.length > 0) throw new UsageError(`thatdam gc takes no argument "${clean(positionals[0] ?? '')}" (thatdam help gc)`)
  const dryRun = values['dry-run'] === true
  const report = await nodeApi(values).post<GarbageReport>('garbage', { dryRun })
  if (values['json'] === true) {
    print(JSON.stringify(report))
    return 0
  }
  const { unneeded, ripe, freed, purged } = report
  print(`${unneeded.chunks} chunks (${bytes(unneeded.bytes)}) on this node are needed by nothing; ${ripe.chunks} of them (${bytes(ripe.bytes)}) for the whole grace`)
  if (!dryRun) print(`deleted ${freed.chunks} chunks (${bytes(freed.bytes)})${purged > 0 ? `; ${purged} assets left the trash for good` : ''}`)
  if (report.waiting !== null) print(clean(report.waiting))
  return 0
}

async function list(api: NodeApi, answer: (object: object, words: string) => number): Promise<number> {
  const assets: AssetView[] = []
  for await (const asset of listed(api, IN_TRASH)) assets.push(asset)
  if (assets.length === 0) return answer({ assets }, 'The trash is empty.')
  const nowMs = Date.now()
  return answer({ assets }, table(['KIND', 'SIZE', 'NAME', 'DAYS LEFT', 'ID'], assets.map((asset) => [
    asset.kind, bytes(asset.size), asset.title === '' ? asset.name : asset.title, String(Math.max(0, Math.ceil(((asset.trash?.purgeAtMs ?? nowMs) - nowMs) / DAY_MS))), asset.id.slice(0, 16)
  ])))
}

function daysOf(text: string): number {
  const days = Number(text.replace(/d$/, ''))
  if (!Number.isInteger(days) || days < 0) throw new UsageError(`${clean(text)} is no number of days: for example thatdam trash days 30`)
  return days
}
