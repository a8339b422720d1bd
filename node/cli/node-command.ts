import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Device } from '#protocols/media.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import { INVITE_FROM_STDIN, inviteFromStdin } from '#ring/base/invite-from-stdin.ts'
import { createLog, type Logger } from '#ring/base/log.ts'
import { isLoopback } from '#ring/base/loopback.ts'
import { oncePlugged, type PluggedCameras } from '../auto/plugged-cameras.ts'
import { NODE_DEFAULTS, type NodeConfig } from '../config.ts'
import { parseListen } from '../http/listen-address.ts'
import type { ThatDamNode } from '../node.ts'
import { endProcess } from './end-process.ts'
import { byteCount, duration, type FlagValues, parseFlags, positive, required, text, texts, UsageError, wholeNumber } from './flags.ts'
import { clean, complain, print } from './output.ts'
import { createOwnCameras } from './own-cameras.ts'
import { modelsOf } from './model-flags.ts'
import { brokersIn, iceServersIn, origin, shownSecrets, trustedProxy, turnSecret, wayOfSecret } from './web-flags.ts'

/** A node that has not stopped by then is ended, in ms. @default 20000 */
export const STOP_TIMEOUT_MS = 20_000
/** Where the names of the cameras that are plugged in are kept, in the data folder. */
export const CAMERA_NAMES_FILE = 'camera-names'
/** Shortest time in which a disk may be asked to be read whole, in ms. @default 3600000 */
export const MIN_SCRUB_PERIOD_MS = 3_600_000

/** Shortest grace of garbage, in ms. @default 4000 */
export const MIN_GARBAGE_GRACE_MS = 4_000

/** Flags of `thatdam node`; `thatdam auto` takes them all. */
export const NODE_COMMAND_FLAGS = {
  data: { type: 'string' }, http: { type: 'string' }, rtsp: { type: 'string' }, listen: { type: 'string', multiple: true }, join: { type: 'string' }, name: { type: 'string' }, zone: { type: 'string' },
  weight: { type: 'string' }, 'repair-after': { type: 'string' }, 'rebalance-rate': { type: 'string' }, 'scrub-period': { type: 'string' }, 'garbage-grace': { type: 'string' }, 'max-viewers': { type: 'string' }, 'keep-hevc': { type: 'boolean' }, camera: { type: 'string', multiple: true }, source: { type: 'string', multiple: true }, 'all-cameras': { type: 'boolean' }, 'ice-server': { type: 'string', multiple: true }, 'turn-secret': { type: 'string' }, 'ice-tcp': { type: 'boolean' }, 'transcode-viewers': { type: 'boolean' }, 'allow-origin': { type: 'string', multiple: true }, 'trust-proxy': { type: 'string', multiple: true }, mqtt: { type: 'string' }, 'mqtt-password-file': { type: 'string' }, amqp: { type: 'string' }, 'amqp-password-file': { type: 'string' }, models: { type: 'string', multiple: true }, 'model-mirror': { type: 'string' }, 'model-hub': { type: 'string' }, 'inference-provider': { type: 'string' }, auth: { type: 'boolean' }, tls: { type: 'boolean' }, 'tls-cert': { type: 'string' }, 'tls-key': { type: 'string' }, 'no-mdns': { type: 'boolean' }, log: { type: 'string' }, json: { type: 'boolean' }
} as const
const LEVELS = ['silent', 'error', 'info', 'json'] as const

export const version = (): string => (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version

/** With the invite itself when it was told to come from standard input. @throws UsageError when none comes */
export async function withInvite(config: NodeConfig): Promise<NodeConfig> {
  if (config.join !== INVITE_FROM_STDIN) return config
  const invite = await inviteFromStdin().catch((err: Error) => { throw new UsageError(err.message) })
  return { ...config, join: invite.trim() }
}

/** What `thatdam node` was told, checked and completed. @throws UsageError */
export function nodeConfig(argv: readonly string[]): NodeConfig {
  const { values, positionals } = parseFlags('node', argv, NODE_COMMAND_FLAGS)
  if (positionals.length > 0) throw new UsageError(`"${positionals[0]}" is not a flag: thatdam node takes flags only (thatdam help node)`)
  const listen = texts(values, 'listen')
  for (const address of listen) checkMultiaddr(address)
  const rtsp = text(values, 'rtsp')
  const weight = text(values, 'weight')
  const repairAfter = text(values, 'repair-after')
  const rebalanceRate = text(values, 'rebalance-rate')
  const scrubPeriod = text(values, 'scrub-period')
  const garbageGrace = text(values, 'garbage-grace')
  const maxViewers = text(values, 'max-viewers')
  const secretFile = text(values, 'turn-secret')
  const brokers = brokersIn(values)
  const http = bind('http', text(values, 'http') ?? NODE_DEFAULTS.http)
  const trustedProxies = texts(values, 'trust-proxy').map(trustedProxy)
  const auth = values['auth'] === true || !isLoopback(parseListen(http).host) || trustedProxies.length > 0 // whoever comes from elsewhere says who they are
  return {
    data: resolve(required(values, 'data', './thatdam-data')),
    http,
    ...(rtsp === undefined ? {} : { rtsp: checkRtsp(rtsp, auth) }),
    listen: listen.length > 0 ? listen : NODE_DEFAULTS.listen,
    join: text(values, 'join'),
    name: name(values, 'name'),
    zone: name(values, 'zone'),
    weight: weight === undefined ? undefined : positive('weight', weight),
    ...(repairAfter === undefined ? {} : { repairAfterMs: duration('repair-after', repairAfter) }),
    ...(rebalanceRate === undefined ? {} : { rebalanceBytesPerSecond: byteCount('rebalance-rate', rebalanceRate) }),
    ...(scrubPeriod === undefined ? {} : { scrubPeriodMs: checkScrubPeriod(scrubPeriod) }),
    ...(garbageGrace === undefined ? {} : { garbageGraceMs: checkGarbageGrace(garbageGrace) }),
    ...(maxViewers === undefined ? {} : { maxViewers: wholeNumber('max-viewers', maxViewers) }),
    cameras: camerasIn(values),
    allCameras: values['all-cameras'] === true,
    keepHevc: values['keep-hevc'] === true,
    iceServers: iceServersIn(values, secretFile !== undefined),
    ...(secretFile === undefined ? {} : { turnSecret: turnSecret(secretFile) }),
    transcodeViewers: values['transcode-viewers'] === true,
    iceTcp: values['ice-tcp'] === true,
    allowOrigins: texts(values, 'allow-origin').map(origin),
    trustedProxies,
    ...brokers,
    shownPasswords: [...brokers.shownPasswords ?? [], ...shownSecrets(values)],
    ...modelsOf(values),
    auth,
    ...tlsOf(values),
    mdns: values['no-mdns'] !== true,
    json: values['json'] === true,
    log: level(text(values, 'log'))
  }
}

/** @throws UsageError */
function tlsOf(values: FlagValues): Pick<NodeConfig, 'tls'> {
  const [cert, key] = [text(values, 'tls-cert'), text(values, 'tls-key')]
  if ((cert === undefined) !== (key === undefined)) throw new UsageError('--tls-cert and --tls-key go together: the certificate (PEM) and its key')
  if (cert !== undefined && key !== undefined) return { tls: { cert: resolve(cert), key: resolve(key) } }
  return values['tls'] === true ? { tls: 'own' } : {}
}

/** `--camera NAME --source SOURCE …`, in pairs. @throws UsageError */
function camerasIn(values: FlagValues): NonNullable<NodeConfig['cameras']> {
  const [names, sources] = [texts(values, 'camera'), texts(values, 'source')]
  if (names.length !== sources.length) throw new UsageError(`${names.length} times --camera and ${sources.length} times --source: every camera has one source, for example --camera porch --source v4l2:/dev/video0`)
  return names.map((name, i) => ({ name, source: sources[i] as string }))
}

/** Nodes tell each other of a write within moments; that must be over before anything is deleted. */
function checkGarbageGrace(value: string): number {
  const graceMs = duration('garbage-grace', value)
  if (graceMs < MIN_GARBAGE_GRACE_MS) throw new UsageError(`--garbage-grace ${value} is too short: 4s or more, for example 24h`)
  return graceMs
}

/** Sooner, and a disk would do nothing else. */
function checkScrubPeriod(value: string): number {
  const periodMs = duration('scrub-period', value)
  if (periodMs < MIN_SCRUB_PERIOD_MS) throw new UsageError(`--scrub-period ${value} is too short: 1h or more, for example 30d`)
  return periodMs
}

function bind(flag: 'http' | 'rtsp', value: string): string {
  try {
    parseListen(value)
  } catch (err) {
    throw new UsageError(`--${flag}: ${(err as Error).message}`)
  }
  return value
}

function checkRtsp(value: string, auth: boolean): string {
  if (!isLoopback(parseListen(bind('rtsp', value)).host) && !auth) throw new UsageError(`--rtsp ${value} can be reached by other machines: add --auth, which asks who they are, or bind 127.0.0.1`)
  return value
}

function checkMultiaddr(address: string): void {
  if (!/^\/(ip4|ip6|dns4|dns6|dns)\/[^/]+\/tcp\/\d{1,5}$/.test(address)) throw new UsageError(`--listen ${address} is no TCP multiaddr: for example /ip4/0.0.0.0/tcp/4001`)
}

function name(values: FlagValues, flag: string): string | undefined {
  const value = text(values, flag)?.trim()
  if (value !== undefined && (value.length > 64 || /\p{Cc}/u.test(value))) throw new UsageError(`--${flag} must be at most 64 characters, without control characters`)
  return value
}

function level(value: string = NODE_DEFAULTS.log): NodeConfig['log'] {
  const found = LEVELS.find((known) => known === value)
  if (found === undefined) throw new UsageError(`--log ${value} is no level: use ${LEVELS.join(', ')}`)
  return found
}

/** What others lend a node for the cameras of its own machine. */
export interface NodeLent {
  readonly devices?: () => Promise<{ devices(): Promise<Device[]> }>
  readonly checkPeer?: (argv: readonly string[]) => Promise<void>
  /** What is plugged in here, with the names kept in this file. */
  readonly pluggedCameras?: (file: string, log: Logger) => Promise<PluggedCameras>
  readonly command?: readonly string[]
}

/** Run a node until it is told to stop, or `leaving` resolves. Answers the exit code. @throws UsageError */
export async function runNode(config: NodeConfig, { devices, checkPeer, pluggedCameras, command = [] }: NodeLent = {}, leaving?: (node: ThatDamNode, signal: AbortSignal) => Promise<void>): Promise<number> {
  const { cameras = [], shownPasswords = [] } = config
  for (const flag of shownPasswords) complain(`Every user of this machine can read the password in --${flag}: ${wayOfSecret(flag)}`)
  await checkCameras(config, { checkPeer })
  const stopped = untilSignal()
  const { createNode } = await import('../node.ts')
  const log = createLog((line) => process.stderr.write(line), config.log)
  let inventory: ReturnType<NonNullable<typeof devices>> | undefined
  const onToken = (token: string): void => complain(`Admin token of this node (shown once, keep it): ${token}`)
  const onSetupCode = (code: string): void => complain(`Somebody is at the page, and nobody has an account yet. Code to make the first one (once, within ten minutes): ${code}`)
  let own: Startable | undefined
  let isBegun = (): boolean => cameras.length > 0
  // with cameras of its own, their peer tells what this machine sees, and what of it is in use
  const ownDevices = devices && (async () => (isBegun() ? [] : (inventory ??= devices()).then((known) => known.devices())))
  const node = await createNode(config, { log, onToken, onSetupCode, version: version(), ownDevices })
  try {
    await node.start()
  } catch (err) {
    await node.stop()
    throw err
  }
  const ready = node.ready()
  announce(config, ready)
  const onEvent = (event: Readonly<Record<string, unknown>>): void => sayCamera(config, event)
  const names = join(config.data, CAMERA_NAMES_FILE)
  const peer = createOwnCameras({ folder: config.data, name: ready.name, cameras, allCameras: config.allCameras === true ? names : undefined, keepHevc: config.keepHevc ?? false, command, invite: node.inviteCameras, onEvent, log: log.scope('node:cameras') })
  if (cameras.length > 0) own = peer
  else if (config.allCameras === true && pluggedCameras !== undefined) {
    const later = oncePlugged(await pluggedCameras(names, log.scope('node:cameras')), peer)
    isBegun = later.begun
    own = later
  }
  await own?.start()
  const over = new AbortController()
  await Promise.race([stopped, ...(leaving === undefined ? [] : [leaving(node, over.signal)])])
  over.abort()
  const late = setTimeout(() => { complain('the node did not stop in time'); endProcess(1) }, STOP_TIMEOUT_MS).unref()
  await own?.stop()
  await node.stop()
  clearTimeout(late)
  return 0
}

/** @throws UsageError for a camera that can not be one */
export async function checkCameras({ cameras = [] }: Pick<NodeConfig, 'cameras'>, { checkPeer }: Pick<NodeLent, 'checkPeer'>): Promise<void> {
  if (cameras.length > 0) await checkPeer?.(['--http', '127.0.0.1:0', ...cameras.flatMap(({ name, source }) => ['--camera', name, '--source', source])]).catch((err) => { throw new UsageError((err as Error).message) })
}

/** What happens to a camera of this machine; its peer's own readiness is nobody's news. */
function sayCamera({ json }: NodeConfig, event: Readonly<Record<string, unknown>>): void {
  if (event['event'] !== 'camera') return
  if (json) return print(JSON.stringify(event))
  const { id, state, reason } = event
  print(clean(state === 'live' ? `camera ${id} is live` : `camera ${id}: ${reason}`))
}

function announce(config: NodeConfig, ready: ReturnType<ThatDamNode['ready']>): void {
  if (config.json) return print(JSON.stringify({ event: 'ready', ...ready }))
  print(`Node ${ready.name} of ring ${ready.ringId.slice(0, 12)} is ready.`)
  print(`  page       ${ready.http}`)
  if (ready.fingerprint !== undefined) print(`  certificate ${ready.fingerprint}`)
  if (ready.rtsp !== undefined) print(`  cameras    ${ready.rtsp}/CAMERA`)
  for (const address of ready.listen) print(`  listening  ${address}`)
  print('  another machine: thatdam invite node, then there: thatdam node --data DIR --join INVITE')
  print('  a camera:        thatdam invite peer, then there: thatdam peer --join INVITE --camera NAME --source test')
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false
    const ask = (): void => {
      if (asked) process.exit(1)
      asked = true
      resolve()
    }
    process.on('SIGINT', ask)
    process.on('SIGTERM', ask)
  })
}
