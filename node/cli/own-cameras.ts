/** The cameras of a node's own machine: a `thatdam peer` beside the node, started again when it ends. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { REMOVED_EXIT_CODE } from '#protocols/exit-codes.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'

/** Where the invite by which the cameras came in is kept, in the data folder: with it they are the same cameras after a restart. */
export const CAMERAS_INVITE_FILE = 'cameras-invite'
/** Pause before cameras that ended are started again, in ms; doubles with every time they did not come in, up to the longest. @default 1000 */
export const RESTART_PAUSE_MS = 1_000
/** @default 30000 */
export const MAX_RESTART_PAUSE_MS = 30_000
/** Cameras that have not ended by then are ended, in ms. @default 10000 */
export const CAMERAS_STOP_MS = 10_000

export interface OwnCamerasInit {
  /** Data folder of the node. */
  readonly folder: string
  /** What the ring calls them. */
  readonly name: string
  readonly cameras: ReadonlyArray<{ readonly name: string; readonly source: string }>
  /** And every other that is plugged in, whose names are kept in this file. @default only those */
  readonly allCameras?: string | undefined
  readonly keepHevc: boolean
  /** Program and words that `thatdam` begins with. */
  readonly command: readonly string[]
  /** A new invite for a peer, or one that was used already, with the addresses of now. */
  readonly invite: (used?: string) => string
  /** One line of JSON of the peer's. */
  readonly onEvent: (event: Readonly<Record<string, unknown>>) => void
  readonly log: Logger
}

export function createOwnCameras(init: OwnCamerasInit): Startable {
  const stopping = new AbortController()
  let child: ChildProcess | undefined
  let working: Promise<void> | undefined

  return {
    start() { working = work() },
    async stop() {
      stopping.abort()
      const late = setTimeout(() => child?.kill('SIGKILL'), CAMERAS_STOP_MS)
      child?.kill('SIGTERM')
      await working
      clearTimeout(late)
    }
  }

  async function work(): Promise<void> {
    for (let pauseMs = RESTART_PAUSE_MS; !stopping.signal.aborted;) {
      const ended = await runOnce().catch((err) => { init.log.error('the cameras of this machine can not be started - %s', err) })
      if (stopping.signal.aborted) return
      if (ended?.code === REMOVED_EXIT_CODE) return init.log.error('the cameras of this machine were removed from the ring and stay out: to let them in again delete %s and start this node anew', join(init.folder, CAMERAS_INVITE_FILE))
      pauseMs = ended?.cameIn === true ? RESTART_PAUSE_MS : Math.min(2 * pauseMs, MAX_RESTART_PAUSE_MS)
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => {})
    }
  }

  /** Whether they came in by the invite they were given, and how they ended. An invite that lets them in no more, though it did, is thrown away. */
  async function runOnce(): Promise<{ cameIn: boolean; code: number | null }> {
    const file = join(init.folder, CAMERAS_INVITE_FILE)
    const used = await keptInvite(file)
    const invite = used ?? init.invite()
    const [program = '', ...words] = [...init.command, 'peer', '--join', '-', '--name', init.name, '--http', 'off', '--json', ...(init.keepHevc ? ['--keep-hevc'] : []), ...(init.allCameras === undefined ? [] : ['--all-cameras', init.allCameras]), ...init.cameras.flatMap(({ name, source }) => ['--camera', name, '--source', source])]
    const peer = child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] })
    if (stopping.signal.aborted) peer.kill('SIGTERM')
    let cameIn = false
    createInterface({ input: peer.stdout }).on('line', (line) => {
      const event = parse(line)
      if (event === undefined) return
      if (event['event'] === 'ready' && !cameIn) {
        cameIn = true
        void writeFile(file, invite, { mode: 0o600 }).catch((err) => init.log.error('the invite of the cameras can not be kept - %s', err))
      }
      init.onEvent(event)
    })
    peer.stdin.on('error', () => {}) // it ended before it had read
    peer.stdin.end(`${invite}\n`)
    const [code] = await once(peer, 'close') as [number | null]
    if (stopping.signal.aborted || code === REMOVED_EXIT_CODE) return { cameIn, code }
    init.log.error('the cameras of this machine ended (exit code %s), and are started again', code)
    if (!cameIn && used !== undefined) await writeFile(file, '', { mode: 0o600 })
    return { cameIn, code }
  }

  async function keptInvite(file: string): Promise<string | undefined> {
    const text = await readFile(file, 'utf8').catch(() => '')
    try {
      return text === '' ? undefined : init.invite(text)
    } catch {
      return undefined // damaged: they come in anew
    }
  }
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? value as Record<string, unknown> : undefined
  } catch {
    return undefined
  }
}
