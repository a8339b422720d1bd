/** Commands that ask a node one thing and print it. */
import type { AssetList, InviteView } from '#protocols/http.ts'
import { nodeApi, NODE_FLAGS } from './api.ts'
import { duration, parseFlags, positive, text, UsageError } from './flags.ts'
import { bytes, clock, print, table } from './output.ts'

/** `thatdam invite node|peer`: prints the invite and nothing else. */
export async function runInvite(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('invite', argv, { ...NODE_FLAGS, expires: { type: 'string' }, uses: { type: 'string' } })
  const [role] = positionals
  if (positionals.length !== 1 || (role !== 'node' && role !== 'peer')) throw new UsageError('say what to invite: thatdam invite node, or thatdam invite peer')
  const expires = text(values, 'expires')
  const uses = text(values, 'uses')
  const body = { role, ...(expires === undefined ? {} : { expiresMs: duration('expires', expires) }), ...(uses === undefined ? {} : { uses: positive('uses', uses) }) }
  const { invite, expiresAt } = await nodeApi(values).post<InviteView>('invites', body)
  print(values['json'] === true ? JSON.stringify({ invite, role, expiresAt }) : invite)
  return 0
}

/** `thatdam search QUERY`. */
export async function runSearch(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('search', argv, { ...NODE_FLAGS, limit: { type: 'string' } })
  if (positionals.length === 0) throw new UsageError('say what to search for: thatdam search QUERY')
  const query = new URLSearchParams({ q: positionals.join(' '), limit: String(positive('limit', text(values, 'limit') ?? '60')) })
  const list = await nodeApi(values).get<AssetList>(`search?${query}`)
  if (values['json'] === true) return done(list)
  if (list.assets.length === 0) return done('Nothing found.')
  print(table(['KIND', 'LENGTH', 'SIZE', 'NAME', 'TAGS', 'ID'], list.assets.map((asset) => [
    asset.kind, clock(asset.probe.durationMs), bytes(asset.size), asset.title === '' ? asset.name : asset.title, asset.tags.join(','), asset.id.slice(0, 16)
  ])))
  return done(list.total > list.assets.length ? `${list.assets.length} of ${list.total}` : `${list.total} found`)
}

function done(answer: string | object): number {
  print(typeof answer === 'string' ? answer : JSON.stringify(answer))
  return 0
}
