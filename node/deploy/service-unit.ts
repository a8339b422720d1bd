import { InvalidInputError } from '#protocols/errors.ts'

/** Where data lies when neither --data nor DATA_ROOT says. @default /var/lib/thatdam */
export const DEFAULT_DATA_ROOT = '/var/lib/thatdam'
/** Who the service runs as. @default thatdam */
export const DEFAULT_SERVICE_USER = 'thatdam'
/** Below /var/cache: compiled code, which the service may not keep in its checkout. */
const CACHE = 'thatdam'

export interface ServiceInit {
  readonly user: string
  readonly data: string
  /** Program and first words: node, and the entry point of ThatDAM. */
  readonly command: readonly string[]
  /** Flags for `thatdam node` beside --data. */
  readonly flags: readonly string[]
  /** Folders of footage the node may read, there or away; it may write only its data. @default none */
  readonly media?: readonly string[]
  /** Groups of this machine that open cameras and microphones; systemd starts nothing with one that is not there. @default none */
  readonly groups?: readonly string[]
  /** Its first line is the invite of `--join -`; systemd reads it as root. @default none */
  readonly inviteFile?: string
  /** It opens a port below 1024. @default false */
  readonly opensLowPort?: boolean
}

/** The systemd unit of a node. It may write its data folder, read what everybody may, and open cameras and microphones; nothing else. @throws InvalidInputError */
export function serviceUnit({ user, data, command, flags, media = [], groups = [], inviteFile, opensLowPort = false }: ServiceInit): string {
  if (!/^[a-z_][a-z0-9_-]{0,30}$/.test(user)) throw new InvalidInputError(`${JSON.stringify(user)} is no name of a user of this machine`)
  for (const path of [data, ...media, ...inviteFile === undefined ? [] : [inviteFile]]) if (!path.startsWith('/') || /[\s"'\\%$\p{Cc}]/u.test(path)) throw new InvalidInputError(`${JSON.stringify(path)} can not be a folder of the service: name it from / on, without blanks, quotes, % and $`)
  const words = [...command, 'node', '--data', data, ...flags].map(quoted).join(' ')
  const capabilities = opensLowPort ? 'CAP_NET_BIND_SERVICE' : ''
  return `[Unit]
Description=ThatDAM node
After=network-online.target remote-fs.target
Wants=network-online.target
RequiresMountsFor=${data}

[Service]
Type=exec
User=${user}
${groups.length === 0 ? '' : `SupplementaryGroups=${groups.join(' ')}\n`}ExecStart=${words}
${inviteFile === undefined ? '' : `StandardInput=file:${inviteFile}
`}Restart=always
RestartSec=2
TimeoutStopSec=30
UMask=0027
LimitNOFILE=65536
OOMScoreAdjust=-200
WorkingDirectory=${data}
CacheDirectory=${CACHE}
CacheDirectoryMode=0750
Environment=NODE_COMPILE_CACHE=%C/${CACHE}

NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths=${data}
${media.length === 0 ? '' : `ReadOnlyPaths=${media.map((path) => `-${path}`).join(' ')}\n`}ProtectHome=read-only
PrivateTmp=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictSUIDSGID=yes
RestrictRealtime=yes
RestrictNamespaces=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
LockPersonality=yes
RemoveIPC=yes
CapabilityBoundingSet=${capabilities}
AmbientCapabilities=${capabilities}
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallFilter=setpriority sched_setscheduler sched_setaffinity ioprio_set
SystemCallErrorNumber=EPERM
DevicePolicy=closed
DeviceAllow=char-video4linux rw
DeviceAllow=char-alsa rw

[Install]
WantedBy=multi-user.target
`
}

/** As systemd reads words: `%` and `$` mean something to it. */
const quoted = (word: string): string => /^[\w@:/.,+=[\]-]+$/.test(word) ? word : `"${word.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`
