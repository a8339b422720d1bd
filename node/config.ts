import type { IceServer } from './live/webrtc/ice.ts'

/** How one node runs: what `thatdam node` was told, checked. */
export interface NodeConfig {
  /** Data folder: identity, chunks, catalog. */
  readonly data: string
  /** `HOST:PORT` of the page and the API. @default 127.0.0.1:8080 */
  readonly http: string
  /** `HOST:PORT` of the RTSP server; none when not said, for several nodes may run on one machine and few need it. */
  readonly rtsp?: string | undefined
  /** Multiaddrs other machines of the ring dial. @default /ip4/0.0.0.0/tcp/0 */
  readonly listen: readonly string[]
  /** Invite of the ring to join; without it a new data folder founds a ring. */
  readonly join: string | undefined
  /** What people call this node; as it was, or the machine's name, when not said. */
  readonly name: string | undefined
  /** Failure domain: a room, a site; as it was, or none, when not said. */
  readonly zone: string | undefined
  /** Relative capacity, more than 0; as it was, or 1, when not said. */
  readonly weight: number | undefined
  /** How long a silent node keeps its place before others take copies of what it holds, in ms; the ring's default when not said. */
  readonly repairAfterMs?: number | undefined
  /** What repair and rebalancing move at most on this node, in bytes per second; the ring's default when not said. */
  readonly rebalanceBytesPerSecond?: number | undefined
  /** Every chunk on this disk is read and checked once in this time, in ms; the ring's default when not said. */
  readonly scrubPeriodMs?: number | undefined
  /** How long nothing must have needed a chunk before it is deleted, in ms; the ring's default when not said. */
  readonly garbageGraceMs?: number | undefined
  /** Viewers served at once; further ones are handed to another node. MAX_VIEWERS of send/placement.ts when not said. */
  readonly maxViewers?: number | undefined
  /** STUN and TURN servers that viewers and publishers are told of; this node asks those of STUN itself. @default none */
  readonly iceServers?: readonly IceServer[] | undefined
  /** The secret shared with the TURN servers that have no user of their own: clients are given credentials made with it. @default none */
  readonly turnSecret?: string | undefined
  /** Listen for viewers and publishers on TCP as well, a port for each until it is connected. @default false */
  readonly iceTcp?: boolean | undefined
  /** Make H.264 for viewers that do not have the camera's codec. @default false */
  readonly transcodeViewers?: boolean | undefined
  /** Origins whose pages may watch and publish here. @default none */
  readonly allowOrigins?: readonly string[] | undefined
  /** Reverse proxies, by address or CIDR, whose word is taken for who asks and whether by HTTPS (`X-Forwarded-For`, `X-Forwarded-Proto`). @default none */
  readonly trustedProxies?: readonly string[] | undefined
  /** Cameras of this machine, captured by a child of this node: names and sources as `thatdam peer` takes them. @default none */
  readonly cameras?: ReadonlyArray<{ readonly name: string; readonly source: string }> | undefined
  /** Every camera that is plugged into this machine, also later. @default false */
  readonly allCameras?: boolean | undefined
  /** HEVC of those cameras goes on as it is. @default false */
  readonly keepHevc?: boolean | undefined
  /** Broker that is told every event of this node: `mqtt://` or `mqtts://`. @default none */
  readonly mqtt?: string | undefined
  /** The same: `amqp://` or `amqps://`. @default none */
  readonly amqp?: string | undefined
  /** Flags whose password stood on the command line, where every user of the machine can read it. @default none */
  readonly shownPasswords?: ReadonlyArray<'mqtt' | 'amqp' | 'source' | 'ice-server'>
  /** Folders of models beside the node's own, which are only read. @default none */
  readonly modelFolders?: readonly string[] | undefined
  /** URL of a server laid out as the hub of models is, asked before it. @default none */
  readonly modelMirror?: string | undefined
  /** URL of the hub of models, or `none`. DEFAULT_MODEL_HUB of models/sources.ts when not said. */
  readonly modelHub?: string | undefined
  /** What runs models: an execution provider of ONNX Runtime. DEFAULT_INFERENCE_PROVIDER of inference.ts when not said. */
  readonly inferenceProvider?: string | undefined
  /** Ask people over HTTP who they are. Always so where other machines reach the page. @default false */
  readonly auth: boolean
  /** Serve page and API by TLS: with these files, or with a certificate of the node's own making. @default plain HTTP */
  readonly tls?: { readonly cert: string; readonly key: string } | 'own' | undefined
  /** Find nodes of the same ring on the LAN. @default true */
  readonly mdns: boolean
  /** Print one JSON line when ready and nothing else on standard output. @default false */
  readonly json: boolean
  /** What is logged to standard error; `json` is as `info`, an object a line. @default error */
  readonly log: 'silent' | 'error' | 'info' | 'json'
}

/** The only place a default of a node is written. */
export const NODE_DEFAULTS = Object.freeze({
  http: '127.0.0.1:8080',
  listen: Object.freeze(['/ip4/0.0.0.0/tcp/0']), // every connection proves its membership, so the ring may be reached from outside
  auth: false,
  mdns: true,
  json: false,
  log: 'error'
} as const)
