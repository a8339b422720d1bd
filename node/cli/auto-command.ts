/** `thatdam auto`: on a bare machine, find out what to be, and be it. */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, statfs } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { IDENTITY_FILE, parseInvite } from '#ring'
import { createLog } from '#ring/base/log.ts'
import { createLookout, type Lookout } from '../auto/lookout.ts'
import { mdnsWatch } from '../auto/mdns-watch.ts'
import { overlayCandidates } from '../auto/overlays.ts'
import { decide, type Decision, follow, FOUND_AFTER_MS, type Surroundings } from '../auto/rule.ts'
import type { ThatDamNode } from '../node.ts'
import { duration, type FlagValues, parseFlags, text, texts } from './flags.ts'
import { nodeConfig, type NodeLent, runNode } from './node-command.ts'
import { clean, print } from './output.ts'

/** The surroundings are looked at so often, in ms. @default 500 */
export const DECIDE_EVERY_MS = 500
/** Where an invite can be put while the command runs, in the data folder. */
export const INVITE_FILE = 'invite'
/** Longest invite that is read, in characters. */
const MAX_INVITE_CHARS = 65_536

const FLAGS = {
  data: { type: 'string' }, join: { type: 'string' }, bootstrap: { type: 'string', multiple: true }, camera: { type: 'string', multiple: true }, source: { type: 'string', multiple: true },
  http: { type: 'string' }, listen: { type: 'string', multiple: true }, name: { type: 'string' }, zone: { type: 'string' }, 'found-after': { type: 'string' }, auth: { type: 'boolean' }, 'no-mdns': { type: 'boolean' }, log: { type: 'string' }, json: { type: 'boolean' }
} as const

/** What other areas lend. */
export interface AutoLent extends NodeLent {
  peer: (argv: string[]) => Promise<number>
}

export async function runAuto(argv: readonly string[], lent: AutoLent): Promise<number> {
  const { values } = parseFlags('auto', argv, FLAGS)
  const data = text(values, 'data') ?? './thatdam-data'
  const config = nodeConfig(nodeFlags(values, data, undefined)) // wrong flags are said before anything is waited for
  const log = createLog((line) => process.stderr.write(line), config.log)
  const self = randomBytes(16).toString('hex')
  const look = (sign?: string): Lookout => createLookout({ mdns: config.mdns ? mdnsWatch({ self: sign }) : undefined, candidates: overlayCandidates, log }, { bootstrap: texts(values, 'bootstrap') })
  const lookout = look(self)
  const cameras = await camerasOf(values, lent)
  await lookout.start()
  const decided = await untilDecided({ lookout, values, data, self, cameras: cameras.length / 4 }).finally(() => lookout.stop())
  if (decided === undefined) return 0
  say(values, { event: 'auto', become: decided.become, ...('how' in decided ? { how: decided.how } : {}) }, sentenceOf(decided))
  const invite = await inviteOf(values, data)
  if (decided.become === 'node') return beNode({ values, data, lent, look, cameras }, decided.how === 'join' ? invite : undefined)
  return lent.peer(['--join', invite ?? '', ...cameras, ...flagsOf(values, ['name', 'json'])])
}

/** A node for as long as it is told, of one ring after the other. */
async function beNode(being: { values: FlagValues; data: string; lent: AutoLent; look: (sign?: string) => Lookout; cameras: readonly string[] }, invite: string | undefined): Promise<number> {
  const { values, data, lent, look, cameras } = being
  let goes: string | undefined
  const code = await runNode(nodeConfig([...nodeFlags(values, data, invite), ...cameras]), lent, async (node, signal) => { goes = await untilInvitedAway(node, signal, { values, data, look }) })
  if (goes === undefined) return code
  await putAside(data, `left-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}`)
  return beNode(being, goes)
}

/** Resolves with the invite to another ring when this node is to go there; undefined when it ends first. */
async function untilInvitedAway(node: ThatDamNode, signal: AbortSignal, { values, data, look }: { values: FlagValues; data: string; look: (sign?: string) => Lookout }): Promise<string | undefined> {
  const lookout = look()
  await lookout.start()
  try {
    for (let said = ''; !signal.aborted;) {
      await sleep(DECIDE_EVERY_MS, undefined, { signal }).catch(() => {})
      const written = await writtenInvite(data)
      const { go, why } = follow({ ringId: node.ready().ringId, invited: ringInvitedTo(written), whyKept: node.whyKept(), rings: lookout.rings() })
      if (why !== '' && why !== said) say(values, { event: 'auto', become: go ? 'node' : 'nothing', ...(go && { how: 'join' }), why }, why)
      if (go) return written
      said = why
    }
    return undefined
  } finally {
    await lookout.stop()
  }
}

function ringInvitedTo(invite: string | undefined): string | undefined {
  try {
    const terms = invite === undefined ? undefined : parseInvite(invite).capability
    return terms?.role === 'node' ? terms.ringId : undefined
  } catch {
    return undefined // half written, or no invite
  }
}

/** Nothing is deleted: what the folder held lies in a folder of its own afterwards. */
async function putAside(data: string, name: string): Promise<void> {
  const held = (await readdir(data)).filter((entry) => entry !== INVITE_FILE && !entry.startsWith('left-'))
  await mkdir(join(data, name), { mode: 0o700 })
  for (const entry of held) await rename(join(data, entry), join(data, name, entry))
}

interface Look { lookout: Lookout; values: FlagValues; data: string; self: string; cameras: number }

/** Decides anew whenever something was noticed; undefined when it was told to stop first. */
async function untilDecided({ lookout, values, data, self, cameras }: Look): Promise<Exclude<Decision, { become: 'nothing' }> | undefined> {
  const foundAfter = text(values, 'found-after')
  const foundAfterMs = foundAfter === undefined ? FOUND_AFTER_MS : duration('found-after', foundAfter)
  const stopping = new AbortController()
  const stop = (): void => stopping.abort()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
  const startedAt = performance.now()
  try {
    for (let said = ''; !stopping.signal.aborted;) {
      const invite = await inviteOf(values, data)
      const now: Surroundings = {
        isNode: existsSync(join(data, IDENTITY_FILE)), invite: invite === undefined ? undefined : parseInvite(invite).capability.role, cameras, freeBytes: await freeBytes(data),
        rings: lookout.rings(), rivals: lookout.rivals(), self, waitedMs: performance.now() - startedAt
      }
      const decision = decide(now, foundAfterMs)
      if (decision.become !== 'nothing') return decision
      if (decision.why !== said) say(values, { event: 'auto', become: 'nothing', why: decision.why }, decision.why)
      said = decision.why
      await sleep(DECIDE_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => {})
    }
    return undefined
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop)
  }
}

/** Given on the command line, or put into the data folder since. */
async function inviteOf(values: FlagValues, data: string): Promise<string | undefined> {
  return text(values, 'join') ?? writtenInvite(data)
}

async function writtenInvite(data: string): Promise<string | undefined> {
  const written = (await readFile(join(data, INVITE_FILE), 'utf8').catch(() => '')).trim()
  return written === '' || written.length > MAX_INVITE_CHARS ? undefined : written
}

async function freeBytes(data: string): Promise<number> {
  await mkdir(data, { recursive: true, mode: 0o700 })
  const { bavail, bsize } = await statfs(data)
  return bavail * bsize
}

/** `--camera NAME --source SOURCE …`: those that were given, or those that are plugged in and free. */
async function camerasOf(values: FlagValues, { devices }: AutoLent): Promise<string[]> {
  const names = texts(values, 'camera')
  if (names.length > 0) return names.flatMap((name, i) => ['--camera', name, '--source', texts(values, 'source')[i] ?? ''])
  const found = (await (await devices?.())?.devices() ?? []).filter(({ kind, state }) => kind === 'v4l2' && state === 'free')
  return found.flatMap(({ name, source, aliases }, i) => ['--camera', `${hostname()} ${name} ${i + 1}`, '--source', aliases[0] ?? source])
}

function nodeFlags(values: FlagValues, data: string, invite: string | undefined): string[] {
  return ['--data', data, ...(invite === undefined ? [] : ['--join', invite]), ...flagsOf(values, ['http', 'listen', 'name', 'zone', 'auth', 'no-mdns', 'log', 'json'])]
}

function flagsOf(values: FlagValues, names: readonly string[]): string[] {
  return names.flatMap((name) => {
    if (values[name] === true) return [`--${name}`]
    return texts({ [name]: [values[name] ?? []].flat() }, name).flatMap((value) => [`--${name}`, value])
  })
}

function sentenceOf(decision: Exclude<Decision, { become: 'nothing' }>): string {
  if (decision.become === 'peer') return 'This machine becomes a camera peer.'
  return { return: 'This machine is a node of its ring already.', join: 'This machine becomes a node of the ring it was invited to.', found: 'No ring was found: this machine founds one.' }[decision.how]
}

function say(values: FlagValues, event: object, sentence: string): void {
  print(values['json'] === true ? JSON.stringify(event) : clean(sentence))
}
