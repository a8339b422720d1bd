import { mkdir, readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname } from 'node:path'
import type { Device } from '#protocols/media.ts'
import { emitter, type Signal } from '#ring/base/emitter.ts'
import { writeDurably } from '#ring/base/durable-file.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { repeating } from '#ring/base/tasks.ts'
import { inventory } from './inventory.ts'

/** What is plugged in is looked at so often, in ms. @default 5000 */
export const CAMERAS_LOOK_MS = 5_000
/** Longest name that is made of a machine's and a camera's, in characters: the number after it has to be in the camera's id. */
const MAX_NAME_CHARS = 58

/** A camera's name, and what to capture from. */
export interface NamedSource {
  readonly name: string
  readonly source: string
}

/** The cameras that are plugged in, each under a name that stays its own, whatever number it has and whatever else is plugged in. */
export interface MachineCameras extends Startable {
  usable(): readonly NamedSource[]
  /** Why others that are here can not be used. */
  refused(): readonly string[]
  /** Others are usable now. */
  readonly changed: Signal<void>
}

export interface MachineCamerasComponents {
  devices: () => Promise<readonly Device[]>
  log: Logger
}

export interface MachineCamerasInit {
  /** Where the names are kept. */
  file: string
  /** What cameras are called after. */
  machine: string
  /** It is a camera already, under a name of its own. @default none is */
  isUsed?: (device: Device) => boolean
  /** How often is looked, in ms. @default 5000 */
  lookMs?: number
}

/** Those of this machine, with their names kept in this file. */
export const camerasOfMachine = (file: string, log: Logger): MachineCameras => machineCameras({ devices: () => inventory({ discover: false }).devices(), log }, { file, machine: hostname() })

/**
 * start() resolves after the first look. Later a camera has to be there twice in a row: one that comes back under another number is
 * found again by its own source meanwhile, and is no new one.
 */
export function machineCameras({ devices, log }: MachineCamerasComponents, { file, machine, isUsed = () => false, lookMs = CAMERAS_LOOK_MS }: MachineCamerasInit): MachineCameras {
  const changed = emitter<void>()
  const looking = repeating(look, lookMs, log)
  let names: Map<string, string> | undefined
  let before: ReadonlySet<string> | undefined
  let usable: NamedSource[] = []
  let refused: string[] = []

  async function look(): Promise<void> {
    const cameras = (await devices()).filter(({ kind }) => kind === 'v4l2')
    refused = cameras.filter(({ state }) => state === 'refused').map(({ name, reason }) => `${name}: ${reason}`)
    const free = cameras.filter((camera) => camera.state === 'free' && !isUsed(camera)).map(({ name, aliases, source }) => ({ kind: name, source: aliases[0] ?? source }))
    const last = before
    before = new Set(free.map(({ source }) => source))
    const steady = last === undefined ? free : free.filter(({ source }) => last.has(source))
    const named = await namesOf(steady)
    const found = steady.map(({ source }) => ({ name: named.get(source) ?? source, source }))
    const isNews = JSON.stringify(found) !== JSON.stringify(usable)
    usable = found
    if (isNews) changed.emit()
  }

  /** Numbered in the order in which they were first seen here. */
  async function namesOf(found: ReadonlyArray<{ kind: string; source: string }>): Promise<Map<string, string>> {
    const known = names ??= await readNames(file)
    const fresh = found.filter(({ source }) => !known.has(source))
    for (const { kind, source } of fresh) known.set(source, `${`${machine} ${kind}`.slice(0, MAX_NAME_CHARS)} ${known.size + 1}`)
    if (fresh.length > 0) await writeNames(file, known).catch((err) => log.error('the names of cameras are not kept - %s', err))
    return known
  }

  return {
    changed,
    usable: () => usable,
    refused: () => refused,
    async start() {
      await looking.now()
      looking.start()
    },
    stop: () => looking.stop()
  }
}

async function readNames(file: string): Promise<Map<string, string>> {
  try {
    return new Map(Object.entries(JSON.parse(await readFile(file, 'utf8')) as object).filter(([, name]) => typeof name === 'string'))
  } catch {
    return new Map() // none yet, or damaged: they are named anew
  }
}

async function writeNames(file: string, names: ReadonlyMap<string, string>): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await writeDurably(dirname(file), basename(file), `${JSON.stringify(Object.fromEntries(names), null, 2)}\n`)
}
