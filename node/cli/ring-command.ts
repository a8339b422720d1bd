/** `thatdam ring …`: look at the ring, and decide who is of it. */
import type { RingView } from '#protocols/http.ts'
import { nodeApi, NODE_FLAGS } from './api.ts'
import { type FlagValues, parseFlags, UsageError } from './flags.ts'
import { bytes, print, table } from './output.ts'
import { movementOf, PLACE_FLAGS, PLACE_VERBS } from './place-commands.ts'

type Verb = (values: FlagValues, words: readonly string[]) => Promise<void>

const VERBS: Readonly<Record<string, Verb>> = PLACE_VERBS
const FLAGS = { ...NODE_FLAGS, ...PLACE_FLAGS } as const
/** The verb that a flag goes with. */
const VERB_OF: Readonly<Record<string, string>> = { weight: 'set', zone: 'set', force: 'remove' }

/** `thatdam ring`, and its verbs. */
export async function runRing(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('ring', argv, FLAGS)
  const [verb, ...words] = positionals
  const run = verb === undefined ? show : Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined
  if (run === undefined) throw new UsageError(`there is no thatdam ring ${verb}: use ${Object.keys(VERBS).join(', ')}, or nothing (thatdam help ring)`)
  for (const [flag, goesWith] of Object.entries(VERB_OF)) if (values[flag] !== undefined && verb !== goesWith) throw new UsageError(`--${flag} goes with thatdam ring ${goesWith}`)
  await run(values, words)
  return 0
}

async function show(values: FlagValues): Promise<void> {
  const ring = await nodeApi(values).get<RingView>('ring')
  if (values['json'] === true) return print(JSON.stringify(ring))
  print(`Ring ${ring.ringId.slice(0, 12)}: ${ring.health}${ring.reasons.length > 0 ? ` (${ring.reasons.join('; ')})` : ''}, ${ring.replicas === 1 ? 'one copy' : `${ring.replicas} copies`} of everything`)
  if (ring.layout.older.length > 0) print(movementOf(ring))
  print(table(['NODE', 'STATE', 'ZONE', 'WEIGHT', 'PARTITIONS', 'USED', 'FREE', 'PAGE'], [...ring.members.map((member) => [
    `${member.name}${member.self ? ' *' : ''}`, member.alive ? member.state : member.state === 'draining' ? 'silent, draining' : 'silent', member.zone, String(member.weight), String(member.partitions), bytes(member.usedBytes), bytes(member.freeBytes), member.http
  ]), ...ring.gone.map(({ name }) => [name, 'gone', '', '', '', '', '', ''])]))
}
