/** Flags about who may reach a node from the web, and how. */
import { isIP } from 'node:net'
import { secretLine } from '#ring/base/secret-line.ts'
import type { NodeConfig } from '../config.ts'
import type { IceServer } from '../live/webrtc/ice.ts'
import { type FlagValues, text, texts, UsageError } from './flags.ts'

const ICE_SERVER = /^(stuns?|turns?):(?:([^:@\s]{1,256}):([^@\s]{1,256})@)?((?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]{1,253})(?::\d{1,5})?)(\?transport=(?:udp|tcp))?$/

/** `stun:HOST[:PORT]` (RFC 7064) or `turn:[USER:PASSWORD@]HOST[:PORT][?transport=…]` (RFC 7065, with the credentials in front, where there is no shared secret). @throws UsageError */
export function iceServer(value: string, hasSecret: boolean): IceServer {
  const [, scheme = '', user, password, host = '', transport = ''] = ICE_SERVER.exec(value) ?? []
  const wrong = (why: string): UsageError => new UsageError(`--ice-server ${hide(value)} ${why}: for example stun:stun.example.net or turn:user:password@turn.example.net:3478?transport=udp`)
  if (scheme === '') throw wrong('is no STUN or TURN server')
  const isTurn = scheme.startsWith('turn')
  if (!isTurn && user !== undefined) throw wrong('takes no credentials')
  if (isTurn && user === undefined && !hasSecret) throw wrong('needs a user and a password, or --turn-secret with the secret it shares with this node')
  if (!isTurn && transport !== '') throw wrong('takes no transport')
  if (!isTurn) return { urls: `${scheme}:${host}` }
  if (user === undefined) return { urls: `${scheme}:${host}${transport}` }
  const [username, credential] = [decode(user), decode(password!)]
  if (/["\\]|[^\x20-\x7e]/.test(username + credential)) throw wrong('has a user or password with quotes, backslashes or letters beyond ASCII')
  return { urls: `${scheme}:${host}${transport}`, username, credential }
}

/** `--ice-server` of a command line: `@FILE` stands for the first line of a file. @throws UsageError */
export function iceServersIn(values: FlagValues, hasSecret: boolean): IceServer[] {
  return texts(values, 'ice-server').map((value) => iceServer(value.startsWith('@') ? secretIn('ice-server', value.slice(1), 'turn:USER:PASSWORD@HOST') : value, hasSecret))
}

/** An address with a login before its host or a key behind it. */
const WITH_SECRET = /^[a-z][a-z0-9+.-]*:(?:\/\/)?[^/?\s]*:[^/?\s]*@|[?&](?:passphrase|password|passwd|pwd|pass)=[^&]|^rtmps?:\/\/[^/]+\/[^/]+\/[^/]/i

/** Flags whose secret stands on the command line, where every user of the machine can read it; `@FILE` says where it is. */
export const shownSecrets = (values: FlagValues): Array<'source' | 'ice-server'> =>
  (['source', 'ice-server'] as const).filter((flag) => texts(values, flag).some((value) => WITH_SECRET.test(value)))

/** How a secret is kept from everybody who may read what a process was started with. */
export const wayOfSecret = (flag: NonNullable<NodeConfig['shownPasswords']>[number]): string =>
  flag === 'mqtt' || flag === 'amqp' ? `name its file with --${flag}-password-file, and only the user in --${flag}` : `write the address into a file that only the node's user reads, and name that: --${flag} @FILE`

/** What `--turn-secret` shares with the TURN servers. @throws UsageError */
export const turnSecret = (path: string): string => secretIn('turn-secret', path, 'the secret that the TURN server has as static-auth-secret')

/** @throws UsageError */
function secretIn(flag: string, path: string, what: string): string {
  try {
    return secretLine(`--${flag} ${path}`, path, what)
  } catch (err) {
    throw new UsageError((err as Error).message)
  }
}

/** Scheme and host as browsers send them in `Origin`. @throws UsageError */
export function origin(value: string): string {
  const url = URL.parse(value)
  if (url === null || !/^https?:$/.test(url.protocol) || url.origin !== value.replace(/\/$/, '').toLowerCase()) {
    throw new UsageError(`--allow-origin ${value} is no origin: scheme, host and port only, for example https://studio.example`)
  }
  return url.origin
}

/** An address, or all of a network: `ADDRESS/BITS`. @throws UsageError */
export function trustedProxy(value: string): string {
  const [address = '', bits, ...more] = value.split('/')
  const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
  const isNetwork = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= most)
  if (most < 0 || !isNetwork || more.length > 0) throw new UsageError(`--trust-proxy ${value} is no address of a reverse proxy: for example 127.0.0.1 or 10.0.0.0/8`)
  return value
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The line may end in a log. */
const hide = (value: string): string => value.replace(/:[^:@]*@/, ':…@')

const BROKERS = ['mqtt', 'amqp'] as const

/** `--mqtt`, `--amqp` and the files of their passwords. @throws UsageError */
export function brokersIn(values: FlagValues): Pick<NodeConfig, 'mqtt' | 'amqp' | 'shownPasswords'> {
  const urls = BROKERS.flatMap((flag) => {
    const url = brokerUrl(values, flag)
    return url === undefined ? [] : [{ flag, url }]
  })
  return {
    ...Object.fromEntries(urls.map(({ flag, url }) => [flag, withPassword(url, flag, text(values, `${flag}-password-file`))])),
    shownPasswords: urls.filter(({ url }) => url.password !== '').map(({ flag }) => flag)
  }
}

function brokerUrl(values: FlagValues, flag: typeof BROKERS[number]): URL | undefined {
  const value = text(values, flag)
  if (value === undefined && text(values, `${flag}-password-file`) !== undefined) throw new UsageError(`--${flag}-password-file is of no use without --${flag}: for example --${flag} ${flag}://USER@127.0.0.1`)
  if (value === undefined) return undefined
  const url = URL.parse(value)
  if (url === null || ![`${flag}:`, `${flag}s:`].includes(url.protocol) || url.hostname === '') throw new UsageError(`--${flag} is no address of a broker: for example --${flag} ${flag}://127.0.0.1`)
  return url
}

function withPassword(url: URL, flag: typeof BROKERS[number], file: string | undefined): string {
  if (file === undefined) return url.href
  if (url.username === '' || url.password !== '') throw new UsageError(`--${flag}-password-file goes with a user and no password in the address: for example --${flag} ${flag}://USER@127.0.0.1`)
  const full = new URL(url)
  full.password = encodeURIComponent(secretIn(`${flag}-password-file`, file, 'the password of the broker'))
  return full.href
}
