import type { JobView, NodeVerified } from '#protocols/http.ts'
import { CommandError, nodeApi, NODE_FLAGS } from './api.ts'
import { wholeId } from './asset-id.ts'
import { parseFlags, UsageError } from './flags.ts'
import { untilEnded } from './follow-job.ts'
import { bytes, clean, complain, print, table } from './output.ts'

/** `thatdam verify ASSET…` or `--all`: every live node reads its disk now, and mends what is not whole. Exit code 1 when something is lost. */
export async function runVerify(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('verify', argv, { ...NODE_FLAGS, all: { type: 'boolean' } })
  const all = values['all'] === true
  if (all === positionals.length > 0) throw new UsageError('say what to verify: thatdam verify ASSET…, or thatdam verify --all')
  const api = nodeApi(values)
  const ids = all ? [] : await Promise.all(positionals.map((text) => wholeId(api, text)))
  const jobs: JobView[] = []
  for (const path of all ? ['verify'] : ids.map((id) => `assets/${id}/verify`)) jobs.push(await untilEnded(api, await api.post<JobView>(path, {}), ({ filesDone, filesTotal, bytesDone }) => `${filesDone} of about ${filesTotal} chunks, ${bytes(bytesDone)}`))
  if (values['json'] === true) print(JSON.stringify({ jobs }))
  else for (const job of jobs) show(job)
  for (const { verify } of jobs) for (const node of verify?.nodes ?? []) if (!node.answered) complain(`${clean(node.node)} was not verified to the end: ${clean(node.reason ?? '')}`)
  const unfinished = jobs.find(({ state }) => state !== 'done')
  if (unfinished !== undefined) throw new CommandError(unfinished.error ?? `it was not verified to the end: ${unfinished.state}`)
  return jobs.some(({ verify }) => (verify?.lost ?? 0) > 0) ? 1 : 0
}

function show({ title, verify }: JobView): void {
  if (verify === undefined) return
  print(`${clean(title)}: ${verdict(verify.nodes, verify.lost)}`)
  print(table(['NODE', 'CHUNKS', 'GOOD', 'DAMAGED', 'MISSING', 'HEALED', 'READ', ''], verify.nodes.map((found) => [
    found.node, String(found.chunks), String(found.good), String(found.damaged), String(found.missing), String(found.healed), bytes(found.bytes), found.answered ? '' : 'not answered'
  ])))
  if (verify.away !== undefined) print(`in the cloud only, and not read: ${verify.away} of the originals (thatdam cloud drill TIER reads them there)`)
  for (const id of verify.lostChunks) print(`lost: ${id}`)
}

function verdict(nodes: readonly NodeVerified[], lost: number): string {
  const sum = (kind: 'damaged' | 'missing' | 'healed'): number => nodes.reduce((total, found) => total + found[kind], 0)
  const wrong = sum('damaged') + sum('missing')
  const asked = nodes.every(({ answered }) => answered) ? '' : ' on the nodes that answered'
  if (lost > 0) return `${lost} chunks are lost: no node that answered has a good copy`
  if (wrong === 0) return `all good${asked}`
  return `${wrong} copies were damaged or missing, ${sum('healed')} of them are whole again${asked}`
}
