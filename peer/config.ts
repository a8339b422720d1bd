import { parseArgs } from 'node:util'
import { InvalidInputError, ThatDamError } from '#protocols/errors.ts'
import { cameraIdOf } from '#protocols/ids.ts'
import { isLoopback } from '#ring/base/loopback.ts'
import { secretLine } from '#ring/base/secret-line.ts'
import { parseSource, redact, type SourceSpec } from './sources/source-spec.ts'

/** Where the peer's own page is served, when nothing is said. @default 127.0.0.1:8090 */
export const DEFAULT_HTTP = '127.0.0.1:8090'

/** Everything a peer needs to know; it keeps nothing on disk but the names of cameras, when it is to take all. */
export interface PeerConfig {
  /** Absent: the cameras are shown on the peer's own page only. */
  readonly invite: string | undefined
  /** What the ring calls this peer. */
  readonly name: string
  readonly cameras: ReadonlyArray<{ readonly name: string; readonly source: SourceSpec }>
  readonly http: HttpAddress
  /** Needed to see the page from other machines. */
  readonly token: string | undefined
  readonly json: boolean
  /** Every camera that is plugged in, also later; their names are kept in this file. Absent: only the cameras above. */
  readonly allCameras?: string | undefined
  /** HEVC of cameras goes on as it is. @default false */
  readonly keepHevc?: boolean
}

export interface HttpAddress {
  readonly host: string
  readonly port: number
  /** Asked for by name: the peer does not start without it. */
  readonly explicit: boolean
}

export const USAGE = `usage: thatdam peer [--join INVITE] --camera NAME --source SOURCE [--camera NAME --source SOURCE]… [options]
       thatdam peer [--join INVITE] --all-cameras FILE [options]
       thatdam peer devices [--json]   what this machine could capture from

  --join INVITE      bring the cameras into a ring (thatdam invite peer --node URL prints one), - for one on standard input; without it only the page below
  --camera NAME      a camera's name, followed by its --source
  --source SOURCE    test[?size=1280x720&fps=30&tone=440&beep=1&gop=30] | file:PATH
                     | rtsp://[USER:PASSWORD@]HOST/PATH[?transport=udp] | onvif://[USER:PASSWORD@]HOST[/PROFILE]
                     | v4l2:/dev/videoN|usb-SERIAL[?size=1280x720&fps=30&format=h264|mjpeg|raw] | screen[:DISPLAY]
                     | rtmp://HOST/APP/KEY | srt://HOST:PORT?passphrase=SECRET   fetched there
                     | rtmp://:1935/live/KEY | srt://:9000?mode=listener&passphrase=SECRET   sent here, for example by OBS
                     | @FILE   what stands in the first line of a file, so that a password is in no list of processes
  --all-cameras FILE every V4L2 camera of this machine, also those that are plugged in while this runs; FILE keeps their names (besides
                     those given by --camera, which stay as they are)
  --http HOST:PORT   this peer's own page (default ${DEFAULT_HTTP}; "off" for none)
  --token SECRET     asked of every viewer; needed when HOST is not this machine alone
  --name NAME        what the ring calls this peer (default: this machine's name)
  --keep-hevc        send HEVC cameras as they are: recorded as they come, shown by browsers that play it (default: as H.264)
  --json             one JSON line per event on standard output`

/** Read the command line. @throws InvalidInputError that names the flag and what to write instead */
export function parsePeerArgs(argv: readonly string[], machine: string): PeerConfig | 'help' {
  const { values, tokens } = parseFlags(argv)
  if (values.help) return 'help'
  const config: PeerConfig = {
    invite: values.join,
    name: values.name ?? machine,
    cameras: camerasOf(tokens.flatMap((token) => (token.kind === 'option' && (token.name === 'camera' || token.name === 'source') ? [{ name: token.name, value: token.value ?? '' }] : [])), values['all-cameras'] !== undefined),
    allCameras: values['all-cameras'],
    http: parseHttp(values.http),
    token: values.token,
    json: values.json ?? false,
    keepHevc: values['keep-hevc'] ?? false
  }
  if (config.token !== undefined && config.token.length < 16) throw new InvalidInputError('--token: use at least 16 characters')
  if (config.http.port !== -1 && !isLoopback(config.http.host) && config.token === undefined) {
    throw new InvalidInputError(`--http ${config.http.host}: other machines could see the cameras: add --token SECRET, or use 127.0.0.1`)
  }
  if (config.invite === undefined && config.http.port === -1) throw new InvalidInputError('neither --join nor --http: nobody could see the cameras')
  return config
}

function parseFlags(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      tokens: true,
      options: {
        join: { type: 'string' }, camera: { type: 'string', multiple: true }, source: { type: 'string', multiple: true }, 'all-cameras': { type: 'string' }, http: { type: 'string' },
        token: { type: 'string' }, 'keep-hevc': { type: 'boolean' }, name: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' }
      }
    })
  } catch (err) {
    throw new InvalidInputError(`${redact((err as Error).message.split('\n')[0]?.replace(/\. To specify.*/, '') ?? '')} (thatdam peer --help shows what there is)`)
  }
}

function camerasOf(flags: ReadonlyArray<{ name: string; value: string }>, mayBeNone: boolean): PeerConfig['cameras'] {
  const cameras: Array<{ name: string; source: SourceSpec }> = []
  const ids = new Set<string>()
  for (let i = 0; i < flags.length; i += 2) {
    const [camera, source] = [flags[i], flags[i + 1]]
    if (camera?.name !== 'camera') throw new InvalidInputError(`--source ${shown(camera?.value)} has no --camera NAME before it`)
    if (source?.name !== 'source') throw new InvalidInputError(`--camera ${shown(camera.value)} has no --source after it`)
    const id = idOf(camera.value)
    if (ids.has(id)) throw new InvalidInputError(`--camera ${shown(camera.value)}: another camera is called ${JSON.stringify(id)} already`)
    ids.add(id)
    cameras.push({ name: camera.value, source: parseSource(sourceIn(source.value), camera.value) })
  }
  if (cameras.length === 0 && !mayBeNone) throw new InvalidInputError('no camera: add for example --camera porch --source test, or --all-cameras FILE')
  return cameras
}

/** `@FILE`: the first line of a file, so that a password is in no list of processes. */
function sourceIn(value: string): string {
  return value.startsWith('@') ? secretLine(`--source ${value}`, value.slice(1), 'the source') : value
}

/** An address may have slipped into another flag: what is shown of it has no password. */
const shown = (value = ''): string => JSON.stringify(redact(value))

function idOf(name: string): string {
  try {
    return cameraIdOf(name)
  } catch (err) {
    if (!(err instanceof ThatDamError)) throw err
    throw new InvalidInputError(`--camera ${shown(name)}: use a name with letters or digits`)
  }
}

function parseHttp(text: string | undefined): HttpAddress {
  if (text === 'off') return { host: '', port: -1, explicit: true }
  const [, host = '', port = ''] = /^(\[[0-9a-f:]+\]|[^:[\]]+):(\d{1,5})$/i.exec(text ?? DEFAULT_HTTP) ?? []
  if (host === '' || Number(port) > 65_535) throw new InvalidInputError(`--http ${JSON.stringify(text)}: use HOST:PORT, for example ${DEFAULT_HTTP}, or "off"`)
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port), explicit: text !== undefined }
}
