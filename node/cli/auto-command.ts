/** `thatdam auto`: on a bare machine, find out what to be, and be it. */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { IDENTITY_FILE, parseInvite } from '#ring'
import { emitter } from '#ring/base/emitter.ts'
import { createLog, type Logger } from '#ring/base/log.ts'
import { createLookout, type Lookout } from '../auto/lookout.ts'
import { mdnsWatch } from '../auto/mdns-watch.ts'
import { overlayCandidates } from '../auto/overlays.ts'
import type { PluggedCameras } from '../auto/plugged-cameras.ts'
import { decide, type Decision, follow, FOUND_AFTER_MS, type Surroundings, wouldFound } from '../auto/rule.ts'
import type { NodeConfig } from '../config.ts'
import type { ThatDamNode } from '../node.ts'
import { duration, type FlagValues, parseFlags, text, texts } from './flags.ts'
import { CAMERA_NAMES_FILE, checkCameras, NODE_COMMAND_FLAGS, nodeConfig, type NodeLent, runNode } from './node-command.ts'
import { clean, print } from './output.ts'

/** The surroundings are looked at so often, in ms. @default 500 */
export const DECIDE_EVERY_MS = 500
/** Where an invite can be put while the command runs, in the data folder. */
export const INVITE_FILE = 'invite'
/** Longest invite that is read, in characters. */
const MAX_INVITE_CHARS = 65_536

export const AUTO_FLAGS = { ...NODE_COMMAND_FLAGS, bootstrap: { type: 'string', multiple: true }, 'found-after': { type: 'string' } } as const
/** Flags that a node is not told as they were given. */
const OWN_FLAGS: readonly string[] = ['data', 'join', 'camera', 'source', 'bootstrap', 'found-after']

/** What other areas lend. */
export interface AutoLent extends NodeLent {
  peer: (argv: string[]) => Promise<number>
}

export async function runAuto(argv: readonly string[], lent: AutoLent): Promise<number> {
  const { values } = parseFlags('auto', argv, AUTO_FLAGS)
  const data = text(values, 'data') ?? './thatdam-data'
  const config = nodeConfig([...nodeFlags(values, data, undefined), ...flagsOf(values, ['camera', 'source'])]) // wrong flags are said before anything is waited for
  await checkCameras(config, lent)
  const log = createLog((line) => process.stderr.write(line), config.log)
  const self = randomBytes(16).toString('hex')
  let founds = false
  const look = (sign?: string): Lookout => createLookout({ mdns: config.mdns ? mdnsWatch({ self: sign, calls: () => founds }) : undefined, candidates: overlayCandidates, log }, { bootstrap: texts(values, 'bootstrap') })
  const lookout = look(self)
  const plugged = await camerasOf(config, lent, log)
  await plugged.start()
  await lookout.start()
  const outcome = await untilDecided({ lookout, values, data, self, cameras: plugged, onLook: (now) => { founds = wouldFound(now) } }).finally(() => Promise.all([lookout.stop(), plugged.stop()]))
  if (outcome === undefined) return 0
  const { decided, invite } = outcome
  const given = config.cameras?.flatMap(({ name, source }) => ['--camera', name, '--source', source]) ?? []
  const takesAll = given.length === 0 || values['all-cameras'] === true
  say(values, { event: 'auto', become: decided.become, ...('how' in decided ? { how: decided.how } : {}) }, sentenceOf(decided))
  if (decided.become === 'node') return beNode({ values, data, lent, look, cameras: takesAll ? [...given, '--all-cameras'] : given }, decided.how === 'join' ? invite : undefined)
  return lent.peer(['--join', invite ?? '', ...given, ...(takesAll ? ['--all-cameras', join(data, CAMERA_NAMES_FILE)] : []), ...flagsOf(values, ['name', 'keep-hevc', 'json'])])
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

/** Nothing is deleted: what the folder held lies in a folder of its own afterwards. The cameras of the machine keep their names. */
async function putAside(data: string, name: string): Promise<void> {
  const held = (await readdir(data)).filter((entry) => entry !== INVITE_FILE && entry !== CAMERA_NAMES_FILE && !entry.startsWith('left-'))
  await mkdir(join(data, name), { mode: 0o700 })
  for (const entry of held) await rename(join(data, entry), join(data, name, entry))
}

interface Outcome { decided: Exclude<Decision, { become: 'nothing' }>; invite: string | undefined }

interface Look { lookout: Lookout; values: FlagValues; data: string; self: string; cameras: Pick<PluggedCameras, 'usable' | 'refused'>; onLook: (now: Surroundings) => void }

/** Decides anew whenever something was noticed; undefined when it was told to stop first. */
async function untilDecided({ lookout, values, data, self, cameras, onLook }: Look): Promise<Outcome | undefined> {
  const foundAfter = text(values, 'found-after')
  const foundAfterMs = foundAfter === undefined ? FOUND_AFTER_MS : duration('found-after', foundAfter)
  const stopping = new AbortController()
  const stop = (): void => stopping.abort()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
  const startedAt = performance.now()
  try {
    for (let said = ''; !stopping.signal.aborted;) {
      const { invite, role, unread } = await inviteOf(values, data)
      const usable = cameras.usable()
      const now: Surroundings = {
        isNode: existsSync(join(data, IDENTITY_FILE)), invite: role, unread, cameras: usable.length, refused: cameras.refused(), freeBytes: await freeBytes(data),
        rings: lookout.rings(), rivals: lookout.rivals(), self, waitedMs: performance.now() - startedAt
      }
      onLook(now)
      const decision = decide(now, foundAfterMs)
      if (decision.become !== 'nothing') return { decided: decision, invite }
      if (decision.why !== said) say(values, { event: 'auto', become: 'nothing', why: decision.why }, decision.why)
      said = decision.why
      await sleep(DECIDE_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => {})
    }
    return undefined
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop)
  }
}

/** Given on the command line, or put into the data folder since: that may be half written. @throws InvalidInviteError for one that was given */
async function inviteOf(values: FlagValues, data: string): Promise<{ invite?: string; role?: 'node' | 'peer'; unread?: string }> {
  const given = text(values, 'join')
  const invite = given ?? await writtenInvite(data)
  if (invite === undefined) return {}
  try {
    return { invite, role: parseInvite(invite).capability.role }
  } catch (err) {
    if (given !== undefined) throw err
    return { unread: `the file "${INVITE_FILE}" of the data folder holds no invite that can be used: ${(err as Error).message}` }
  }
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

/** Those that were given, or those that are plugged in. */
async function camerasOf({ cameras: given = [], data }: NodeConfig, { pluggedCameras }: AutoLent, log: Logger): Promise<PluggedCameras> {
  if (given.length > 0 || pluggedCameras === undefined) return { usable: () => given, refused: () => [], changed: emitter<void>(), start() {}, stop() {} }
  return pluggedCameras(join(data, CAMERA_NAMES_FILE), log)
}

export function nodeFlags(values: FlagValues, data: string, invite: string | undefined): string[] {
  return ['--data', data, ...(invite === undefined ? [] : ['--join', invite]), ...flagsOf(values, Object.keys(AUTO_FLAGS).filter((name) => !OWN_FLAGS.includes(name)))]
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
