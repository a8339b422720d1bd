/** `thatdam peer`: from the command line to a running peer, and what it says on the way. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { InvalidInputError, MemberRemovedError, ThatDamError } from '#protocols/errors.ts'
import { REMOVED_EXIT_CODE } from '#protocols/exit-codes.ts'
import { joinAsGuest, rankNodes } from '#ring'
import { INVITE_FROM_STDIN, inviteFromStdin } from '#ring/base/invite-from-stdin.ts'
import { createLog, type Logger } from '#ring/base/log.ts'
import type { CameraStatus } from './camera-proxy.ts'
import { parsePeerArgs, USAGE, type PeerConfig } from './config.ts'
import { runDevices } from './devices/devices-command.ts'
import { beOnlyProcess } from './one-process.ts'
import { createPeer, type Peer } from './peer.ts'
import type { Guest } from './ring-link.ts'
import { redact } from './sources/source-spec.ts'

/** Exit codes: ended as asked; could not go on; wrong command line. */
const OK = 0
const FAILED = 1
const WRONG_USAGE = 2
/** machine-id(5): unique, random, and not to be told to others as it is. */
const MACHINE_ID_FILES = ['/etc/machine-id', '/var/lib/dbus/machine-id']

/** Runs until SIGINT or SIGTERM; answers the exit code. With `--json`, standard output has one JSON value per line. */
export async function runPeer(argv: string[]): Promise<number> {
  if (argv[0] === 'devices') return runDevices(argv.slice(1)).then(() => OK, (err) => fail(err, FAILED))
  let config: PeerConfig | 'help'
  try {
    config = parsePeerArgs(argv, hostname())
    if (config !== 'help' && config.invite === INVITE_FROM_STDIN) config = { ...config, invite: await inviteFromStdin() }
  } catch (err) {
    return fail(err, WRONG_USAGE)
  }
  if (config === 'help') {
    process.stdout.write(`${USAGE}\n`)
    return OK
  }
  const stopped = untilSignal()
  const peer = createPeer({ log: problemLog(), rank: rankNodes, join: joinFor(config) }, config)
  const failed = peer.joined.then(() => new Promise<never>(() => {}))
  const json = config.json
  peer.cameraChanged.on((status) => sayCamera(status, peer, json))
  try {
    await peer.start()
    void peer.joined.then((ring) => sayReady(peer, ring, json), () => {})
    await Promise.race([stopped, failed, peer.removed.then((err) => { throw err })])
    return OK
  } catch (err) {
    return fail(err, err instanceof MemberRemovedError ? REMOVED_EXIT_CODE : FAILED)
  } finally {
    await Promise.resolve(peer.stop()).catch((err) => fail(err, FAILED))
  }
}

/** Read a command line without doing what it says. @throws InvalidInputError */
export function checkPeer(argv: readonly string[]): void {
  parsePeerArgs(argv, hostname())
}

/** The first signal ends the peer cleanly; a second one ends it at once. */
function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
}

function problemLog(): Logger {
  return createLog((line) => { process.stderr.write(redact(line)) }, 'error', 'peer')
}

/** Names this machine for good. The machine id is no secret here, but nobody elsewhere knows it: a copied invite does not make them this peer. */
function joinFor({ name, cameras }: PeerConfig) {
  const machineId = MACHINE_ID_FILES.map((file) => { try { return readFileSync(file, 'utf8').trim() } catch { return '' } }).find((id) => id !== '') ?? ''
  const salt = createHash('sha256').update(JSON.stringify([hostname(), machineId])).digest('hex')
  return async (invite: string): Promise<Guest> => {
    const guest = await joinAsGuest({ invite, name, salt, cameras: cameras.map((camera) => camera.name), log: createLog(() => {}, 'silent') })
    const stop = async (): Promise<void> => guest.stop()
    const release = await beOnlyProcess(guest.network.self).catch(async (err) => {
      await stop()
      throw err
    })
    return { ...guest, stop: () => stop().finally(release) }
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

function sayReady(peer: Peer, ring: Awaited<Peer['joined']>, json: boolean): void {
  const http = peer.http()
  if (json) {
    const cameras = peer.cameras.map(({ name, id, source }) => ({ name, id, source }))
    return say(JSON.stringify({ event: 'ready', peerId: ring?.peerId ?? null, ringId: ring?.ringId ?? null, http, cameras }))
  }
  say(ring === null ? 'no ring: the cameras are shown on this page only' : `in the ring ${ring.ringId.slice(0, 12)} as ${ring.peerId}`)
  if (http !== null) say(`look at ${http}`)
  say('Ctrl-C stops')
}

function sayCamera({ id, state, node, reason, note }: CameraStatus, peer: Peer, json: boolean): void {
  if (json) return say(JSON.stringify({ event: 'camera', id, state, node, reason, note }))
  const source = peer.cameras.find((camera) => camera.id === id)?.source
  say(state === 'live' ? `camera ${id} (${source}) is live${node === null ? '' : ` on ${node}`}${note === null ? '' : ` (${note})`}` : `camera ${id} (${source}): ${reason}`)
}

function fail(err: unknown, code: number): number {
  const message = err instanceof ThatDamError || (err as NodeJS.ErrnoException)?.code !== undefined ? (err as Error).message : String(err)
  const hint = err instanceof InvalidInputError ? '' : hintFor((err as NodeJS.ErrnoException)?.code)
  process.stderr.write(`thatdam peer: ${code === WRONG_USAGE ? message : redact(message)}${hint}\n`)
  return code
}

function hintFor(code: string | undefined): string {
  if (code === 'EADDRINUSE') return ': choose another port with --http'
  return ''
}
