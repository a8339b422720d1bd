import type { AssetList, CloudLink, JobView, TierAdded, TierList } from '#protocols/http.ts'
import { wholeId } from './asset-id.ts'
import { type NodeApi, nodeApi, NODE_FLAGS } from './api.ts'
import { type FlagValues, parseFlags, positive, text, UsageError } from './flags.ts'
import { followJob } from './follow-job.ts'
import { bytes, clean, print, table } from './output.ts'

const FLAGS = Object.freeze({
  ...NODE_FLAGS, endpoint: { type: 'string' }, region: { type: 'string' }, mode: { type: 'string' }, album: { type: 'string' }, 'move-copies': { type: 'string' }, share: { type: 'string' }, seconds: { type: 'string' }, all: { type: 'boolean' }
} as const)

/** `thatdam cloud list | add NAME s3://BUCKET/PREFIX | set TIER | remove TIER | run TIER | drill TIER | link ASSET | recall ASSET…|--all`. */
export async function runCloud(argv: readonly string[]): Promise<number> {
  const { values, positionals: [verb = 'list', ...rest] } = parseFlags('cloud', argv, FLAGS)
  const [first = '', second = ''] = rest
  const api = nodeApi(values)
  if (verb === 'list' && rest.length === 0) return list(api, values)
  if (verb === 'add' && rest.length === 2) return tell(await api.post<TierAdded>('tiers', { name: first, place: second, ...settings(values) }), values)
  if (verb === 'set' && rest.length === 1) return tell(await api.patch<TierAdded>(`tiers/${encodeURIComponent(first)}`, settings(values)), values)
  if (verb === 'remove' && rest.length === 1) return removed(await api.delete(`tiers/${encodeURIComponent(first)}`), first, values)
  if (verb === 'run' && rest.length === 1) return followJob(api, await api.post<JobView>(`tiers/${encodeURIComponent(first)}/run`, {}), values)
  if (verb === 'drill' && rest.length === 1) return followJob(api, await api.post<JobView>(`tiers/${encodeURIComponent(first)}/drill`, shareOf(values)), values)
  if (verb === 'link' && rest.length === 1) return link(api, await wholeId(api, first), values)
  if (verb === 'recall' && (rest.length > 0) !== (values['all'] === true)) return recall(api, values['all'] === true ? await away(api) : await Promise.all(rest.map((asset) => wholeId(api, asset))), values)
  throw new UsageError('say what to do: list, add NAME s3://BUCKET/PREFIX, set TIER, remove TIER, run TIER, drill TIER, link ASSET, recall ASSET… or --all (thatdam help cloud)')
}

function settings(values: FlagValues): object {
  const of = (flag: string): object => (text(values, flag) === undefined ? {} : { [flag]: text(values, flag) })
  const copies = text(values, 'move-copies')
  return { ...of('endpoint'), ...of('region'), ...of('mode'), ...of('album'), ...(copies === undefined ? {} : { moveCopies: positive('move-copies', copies) }) }
}

async function list(api: NodeApi, values: FlagValues): Promise<number> {
  const { tiers } = await api.get<TierList>('tiers')
  if (values['json'] === true) print(JSON.stringify({ tiers }))
  else if (tiers.length === 0) print('no copies are kept in the cloud: thatdam cloud add NAME s3://BUCKET/PREFIX')
  else print(table(['TIER', 'PLACE', 'MODE', 'HOLDS', 'SIZE', 'ONLY THERE'], tiers.map((tier) => [clean(tier.name), clean(tier.place), tier.mode, `${tier.held} of ${tier.wanted}`, bytes(tier.bytes), String(tier.away)])))
  return 0
}

function tell(tier: TierAdded, values: FlagValues): number {
  print(values['json'] === true ? JSON.stringify(tier) : `${clean(tier.name)}: originals ${tier.album === '' ? 'of the whole library' : `of album ${tier.album}`} are copied to ${clean(tier.place)}${tier.mode === 'move' ? `; the ring gives up its own copies when ${tier.moveCopies} tiers hold good ones` : ''}. Every node needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in its environment.`)
  return 0
}

function removed(_answer: unknown, tier: string, values: FlagValues): number {
  print(values['json'] === true ? JSON.stringify({ removed: tier }) : `${clean(tier)} is forgotten; what is in the bucket stays there`)
  return 0
}

function shareOf(values: FlagValues): object {
  const share = text(values, 'share')
  return share === undefined ? {} : { share: Number(share.replace(/%$/, '')) / (share.endsWith('%') ? 100 : 1) }
}

async function link(api: NodeApi, asset: string, values: FlagValues): Promise<number> {
  const seconds = text(values, 'seconds')
  const found = await api.get<CloudLink>(`assets/${encodeURIComponent(asset)}/link${seconds === undefined ? '' : `?seconds=${positive('seconds', seconds)}`}`)
  print(values['json'] === true ? JSON.stringify(found) : found.url)
  return 0
}

/** In the library and the trash. */
async function away(api: NodeApi): Promise<string[]> {
  const ids: string[] = []
  for (const trash of ['', '&trash=true']) {
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: AssetList = await api.get(`assets?limit=500${trash}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`)
      ids.push(...page.assets.filter((asset) => asset.away === true).map(({ id }) => id))
      cursor = page.cursor
    }
  }
  return ids
}

async function recall(api: NodeApi, assets: readonly string[], values: FlagValues): Promise<number> {
  let code = 0
  for (const asset of assets) code = Math.max(code, await followJob(api, await api.post<JobView>(`assets/${encodeURIComponent(asset)}/recall`, {}), values))
  if (assets.length === 0) print(values['json'] === true ? JSON.stringify({ jobs: [] }) : 'nothing is in the cloud only')
  return code
}
