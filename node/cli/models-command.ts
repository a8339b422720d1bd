import type { JobView, ModelList, ModelView } from '#protocols/http.ts'
import { type NodeApi, nodeApi, NODE_FLAGS } from './api.ts'
import { type FlagValues, parseFlags, UsageError } from './flags.ts'
import { followJob } from './follow-job.ts'
import { bytes, clean, print, table } from './output.ts'

/** `thatdam models list | pull MODEL | verify MODEL | use TASK MODEL|none`. */
export async function runModels(argv: readonly string[]): Promise<number> {
  const { values, positionals: [verb = 'list', ...rest] } = parseFlags('models', argv, NODE_FLAGS)
  const [first = '', second = ''] = rest
  const api = nodeApi(values)
  if (verb === 'list' && rest.length === 0) return list(api, values)
  if (verb === 'pull' && rest.length === 1) return followJob(api, await api.post<JobView>(`models/${encodeURIComponent(first)}/pull`, {}), values)
  if (verb === 'verify' && rest.length === 1) return verify(api, first, values)
  if (verb === 'use' && rest.length === 2) return use(api, first, second, values)
  throw new UsageError('say what to do: list, pull MODEL, verify MODEL, or use TASK MODEL|none (thatdam help models)')
}

async function list(api: NodeApi, values: FlagValues): Promise<number> {
  const found = await api.get<ModelList>('models')
  if (values['json'] === true) return say(JSON.stringify(found))
  print(table(['MODEL', 'HERE', 'USED FOR', 'LICENCE', 'ON', 'WHAT IT IS'], found.models.map((model) => [model.id, hereOf(model), model.usedFor.join(', ') || '-', model.licence, nodesOf(model), clean(model.title)])))
  print('')
  return say(table(['TASK', 'MODEL', 'HERE'], found.tasks.map(({ task, model, why }) => [task, model ?? 'none', why ?? 'works'])))
}

function hereOf({ state, bytes: size, bytesDone, bytesTotal }: ModelView): string {
  if (state === 'ready') return bytes(size ?? 0)
  return state === 'fetching' ? `fetching, ${bytes(bytesDone ?? 0)}${bytesTotal === null ? '' : ` of ${bytes(bytesTotal)}`}` : state === 'corrupt' ? 'damaged' : state
}

const nodesOf = ({ origin, nodes, inRing }: ModelView): string => (origin === 'package' ? 'every node' : [...nodes, ...inRing ? ['the ring'] : []].map(clean).join(', ') || '-')

async function verify(api: NodeApi, model: string, values: FlagValues): Promise<number> {
  const started = await api.post<JobView>(`models/${encodeURIComponent(model)}/verify`, {})
  const code = await followJob(api, started, values)
  if (code !== 0 || values['json'] === true) return code
  const { report } = await api.get<JobView>(`jobs/${started.id}`)
  const findings = Array.isArray(report?.['findings']) ? report['findings'].map(String) : []
  for (const finding of findings.length > 0 ? findings : ['its files are whole, and it answers as it should']) print(clean(finding))
  return code
}

async function use(api: NodeApi, task: string, model: string, values: FlagValues): Promise<number> {
  const found = await api.put<ModelList>('models/use', { task, model: model === 'none' ? null : model })
  if (values['json'] === true) return say(JSON.stringify(found))
  const why = found.tasks.find((each) => each.task === task)?.why
  return say(`${task}: ${model === 'none' ? 'turned off' : `by ${clean(model)}`} in the whole ring${why == null ? '' : `. Here: ${clean(why)}`}`)
}

function say(words: string): number {
  print(words)
  return 0
}
