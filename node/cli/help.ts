import { DEFAULT_INVITE_USES, DEFAULT_POST_ROLL_SECONDS, DEFAULT_PRE_ROLL_SECONDS, MAX_POST_ROLL_SECONDS, MAX_PRE_ROLL_SECONDS, DEFAULT_REPAIR_BYTES_PER_SECOND, DEFAULT_WEIGHT } from '#ring'
import { FOUND_AFTER_MS, LITTLE_DISK_BYTES } from '../auto/rule.ts'
import { DEFAULT_DRILL_SHARE } from '../cloud/cloud.ts'
import { DEFAULT_MOVE_COPIES } from '../cloud/tier.ts'
import { NODE_DEFAULTS } from '../config.ts'
import { OFFLOAD_HELP } from './offload-help.ts'
import { MAX_VIEWERS } from '../live/send/placement.ts'
import { DEFAULT_INFERENCE_PROVIDER, TASKS } from '../understanding/inference/inference.ts'
import { DEFAULT_MODEL_HUB } from '../understanding/models/sources.ts'

/** What each command is for, and how it is written. */
const COMMANDS: Readonly<Record<string, { readonly purpose: string; readonly usage: string; readonly details: string }>> = {
  node: {
    purpose: 'run a node of a ring on this machine',
    usage: 'thatdam node --data DIR [--http HOST:PORT] [--rtsp HOST:PORT] [--listen MULTIADDR]… [--join INVITE] [--name N] [--zone Z] [--weight W] [--repair-after TIME] [--rebalance-rate BYTES] [--scrub-period TIME] [--garbage-grace TIME] [--camera NAME --source SOURCE]… [--all-cameras] [--keep-hevc] [--max-viewers N] [--ice-server URL]… [--turn-secret FILE] [--ice-tcp] [--transcode-viewers] [--allow-origin ORIGIN]… [--trust-proxy ADDRESS]… [--mqtt URL [--mqtt-password-file FILE]] [--amqp URL [--amqp-password-file FILE]] [--models DIR]… [--model-mirror URL] [--model-hub URL|none] [--inference-provider P] [--auth] [--tls | --tls-cert FILE --tls-key FILE] [--no-mdns] [--log LEVEL] [--json]',
    details: `--data DIR         folder for everything this node keeps
--http HOST:PORT   page and API (${NODE_DEFAULTS.http}); on other than loopback it asks who you are
--rtsp HOST:PORT   cameras for other programs as rtsp://HOST:PORT/CAMERA, usually on port 8554 (off); other than loopback needs --auth
--listen ADDR      multiaddr for other nodes, several allowed (${NODE_DEFAULTS.listen[0]})
--join INVITE      enter a ring; without it a new folder founds one. With - the invite is the first line of standard input, where other users of the machine do not see it
--name N           what people call it (this machine's name)
--zone Z           failure domain, copies are spread over zones (none)
--weight W         relative capacity (${DEFAULT_WEIGHT})
--repair-after T   how long a silent node keeps its place before others take copies (10m)
--rebalance-rate B what repair and rebalancing move at most on this node, bytes per second: 8M, 500K (${DEFAULT_REPAIR_BYTES_PER_SECOND / 1024 ** 2}M)
--scrub-period T   every chunk is read from disk and checked once in this time (30d)
--garbage-grace T  how long nothing must have needed a chunk before it is deleted (24h)
--camera NAME      a camera of this machine, followed by its --source as of thatdam peer: test, v4l2:/dev/video0, screen, rtsp://…, @FILE with the source in its first line
--all-cameras      every V4L2 camera of this machine, also those that are plugged in while the node runs, under names that stay theirs
--keep-hevc        send HEVC cameras of this machine as they are (as H.264)
--max-viewers N    live views at once; further viewers are served by the node that has the fewest (${MAX_VIEWERS}, or as many as there are open files for)
--ice-server URL   STUN or TURN server that viewers and publishers are told of; this node asks those of STUN itself: stun:HOST[:PORT], turn:[USER:PASSWORD@]HOST[:PORT][?transport=tcp], or @FILE with that in its first line (none)
--turn-secret FILE secret shared with TURN servers that are named without user and password: everybody is given credentials of their own, good for a day (none)
--ice-tcp          let viewers and publishers that can send no UDP connect over TCP
--transcode-viewers make H.264 for viewers that do not have a camera's codec: up to a core for each camera, for at most half of the cores
--allow-origin O   let the pages of another origin, https://studio.example, watch and publish here (none)
--trust-proxy A    a reverse proxy in front of this node, by address or network (10.0.0.0/8): its X-Forwarded-For and X-Forwarded-Proto are believed, and people say who they are as with --auth (none)
--mqtt URL         tell a broker of every event of this node, as thatdam/recording/ended and so on: mqtt://[USER@]HOST[:PORT] (none)
--mqtt-password-file FILE the password of that user, in the first line; in the URL (USER:PASSWORD@) every user of the machine could read it
--amqp URL         the same to the topic exchange "events": amqp://[USER@]HOST[:PORT] (none)
--amqp-password-file FILE the same for it
--models DIR       a folder of models, DIR/ID/… or DIR/ORGANISATION/NAME/…, which is only read (none beside the node's own)
--model-mirror URL a server laid out as the hub of models is, asked before it (none)
--model-hub URL    where models are fetched when somebody asks for one; none: nowhere (${DEFAULT_MODEL_HUB})
--inference-provider P  what runs models: cpu, cuda, coreml, dml (${DEFAULT_INFERENCE_PROVIDER}); none: other nodes look, read and listen
--auth             ask people who they are, also on loopback. A token for emergencies is printed once; the first account is made on the page, with a code that is printed when somebody opens it
--tls              serve the page by HTTPS with a certificate of the node's own making, whose fingerprint is printed
--tls-cert, --tls-key  PEM files of a certificate (with those above it) and its key; read again on SIGHUP
--no-mdns          do not look for nodes on the LAN
--log LEVEL        silent, error, info, or json: as info, an object a line (${NODE_DEFAULTS.log})
--json             one line {"event":"ready",…} when it is ready`
  },
  auto: {
    purpose: 'on a bare machine: find a ring, and become a node or a camera peer',
    usage: 'thatdam auto --data DIR [--join INVITE] [--bootstrap ADDRESS]… [--camera NAME --source SOURCE]… [--found-after TIME] [flags of thatdam node]',
    details: `--join INVITE      its role decides; an invite written into the file "invite" of the data folder does the same
--bootstrap ADDR   where a node may be, besides mDNS, serf and tailscale: http://HOST:8080 or /ip4/HOST/tcp/PORT
                   (machines of serf and tailscale are asked at port 8080: a node whose page is for its own machine only is not seen there)
--camera, --source cameras of this machine, whatever it becomes (all that are plugged in, also later, under names that stay theirs)
--found-after T    with no ring noticed for so long one is founded (${FOUND_AFTER_MS / 1_000}s)
The rule, in this order: a folder that is a node's stays one; an invite decides; a ring that is noticed is not entered without an
invite, and none is founded beside it; a machine with cameras and less than ${LITTLE_DISK_BYTES / 1024 ** 3} GiB of disk founds none; of machines that look
at the same time one founds, and the others wait for it; with nobody noticed it founds a ring. A node goes on looking: when it is alone
in a ring that is empty (no other machine ever, no camera, no asset) and an invite to another ring is put into the file "invite", it goes
there, and what its folder held is put aside in it. It never leaves a ring that holds anything.`
  },
  peer: {
    purpose: 'put the cameras of this machine on a ring',
    usage: 'thatdam peer --join INVITE --camera NAME --source SOURCE [--camera … --source …] [--all-cameras FILE] [--http HOST:PORT] [--token SECRET] [--name NAME] [--keep-hevc] [--json], or thatdam peer devices [--json]',
    details: `--source           test, v4l2:/dev/videoN, rtsp://…, onvif://…, rtmp://…, srt://…, screen[:DISPLAY] or file:PATH
--all-cameras FILE every V4L2 camera of this machine, also those that are plugged in while it runs; FILE keeps their names
--join INVITE      bring them into a ring (thatdam invite peer), - for one on standard input; without it only this peer's own page shows them
--http HOST:PORT   this peer's own page, "off" for none
--token SECRET     asked of every viewer of that page; needed when HOST is not this machine alone
--name NAME        what the ring calls this peer (this machine's name)
--keep-hevc        send HEVC cameras as they are (as H.264)
--json             one JSON line per event on standard output
devices            what this machine could capture from`
  },
  invite: {
    purpose: 'print an invite that lets one machine in',
    usage: 'thatdam invite node|peer --node URL [--uses N] [--expires 24h] [--json]',
    details: `--uses N           machines it lets in (${DEFAULT_INVITE_USES})
--expires TIME     30m, 24h, 7d (24h)`
  },
  models: {
    purpose: 'show the models of the ring, fetch them, choose what they are used for',
    usage: 'thatdam models [list | pull MODEL | verify MODEL | use TASK MODEL|none] --node URL [--json]',
    details: `pull MODEL         have the node fetch it: from the ring, a mirror, or the hub; run again it goes on where it was cut
verify MODEL       read its files again, and ask it what it should know; exit code 1 when it is not as it should be
use TASK MODEL     in the whole ring: ${TASKS.join(', ')}
Other nodes take what is used from the ring, by themselves. Your own: a manifest as FOLDER/models/NAME.json in the node's data.`
  },
  import: { purpose: 'upload files and folders from here', usage: 'thatdam import PATH… --node URL [--json]', details: 'Known files are skipped, by their hash, before a byte is sent. When the node dies it goes on at another of the ring; when this command is ended, run it again: it goes on where it was. Exit code 1 when one was refused.' },
  scan: {
    purpose: 'let a node look through a folder of its own machine',
    usage: 'thatdam scan DIR --node URL [--again] [--add [--mode import|reference] [--name N] [--include PATTERN]… [--exclude PATTERN]… [--watch]] [--json]',
    details: `DIR                a folder the node may read (thatdam paths), or something in one
--add              let the node read it from now on
--again            read files again that seem to be as they were, and believe that all are gone
Files that are as they were are not read again. Exit code 1 when a file was refused.`
  },
  paths: {
    purpose: 'say which folders of its machine a node may read',
    usage: 'thatdam paths list | add DIR | set FOLDER | remove FOLDER [--mode import|reference] [--name N] [--include PATTERN]… [--exclude PATTERN]… [--watch|--no-watch] --node URL [--json]',
    details: `add DIR            on the machine of the node that is asked; nothing outside its folders is ever read
FOLDER             its path, name or id
remove FOLDER      what was scanned stays in the library; files that stay there can not be read any more
--mode import      bytes are copied into the ring (this is the default)
--mode reference   bytes stay where they are, and other nodes read them from this one
--include PATTERN  only files that fit one of them: *.mov, 2026/**
--exclude PATTERN  neither files nor folders that fit one of them: Proxy, *.tmp
--watch            find new and changed files without being asked`
  },
  download: {
    purpose: 'write originals to files here, as they were',
    usage: 'thatdam download ASSET… [--to DIR] --node URL [--json]',
    details: `ASSET              its id, or the beginning of it (thatdam search)
--to DIR           where to (the folder you are in)
With the time they were last written, their sidecars, and on Linux their extended attributes (user.*).`
  },
  search: {
    purpose: 'find the second at which something happened, or assets',
    usage: 'thatdam search SENTENCE [--like ASSET@TIME | --picture FILE] [--filter QUERY] [--within ASSET] [--sense SENSE] [--from TIME] [--to TIME] [--limit N] [--pictures | --no-pictures] --node URL [--json], or thatdam search QUERY --assets',
    details: `SENTENCE           what is to be seen, read or heard: "a red car in the rain"
--like ASSET@TIME  pictures like that one: an id (or its beginning) and a time, 1:23.5 or ms; camera:CAMERA@TIME for a camera
--picture FILE     pictures like this JPEG or PNG
--filter QUERY     only what the library finds by this
--within ASSET     only in this one, or camera:CAMERA
--sense SENSE      of picture, words, speech, object, tag, caption, name, meaning, with commas (all)
--from, --to TIME  ISO 8601 or Unix ms
--limit N          assets and cameras, 1 to 200 (30)
--pictures         show them: with kitty, iTerm2, WezTerm, or in blocks of colour where a terminal has many (where it can)
--assets           list assets by words and filters: words, "phrases", -exclusion, OR, and fields: type: camera: tag: album: rating:>=3
                   label: flag: state: before: after: on: near: codec: duration:1m..5m size: width: fps: name: path: ext:; --limit up to 500 (60)`
  },
  ring: {
    purpose: 'show the ring and its machines; let one leave, change its share, remove one',
    usage: 'thatdam ring [members | drain NODE | undrain NODE | remove NODE [--force] | set NODE [--weight W] [--zone Z] | revoke MEMBER [--reason TEXT] | rotate-key] --node URL [--json]',
    details: `members            nodes and camera peers, those removed too
drain NODE         it leaves when others hold all it holds; waits for that, and it goes on without you
undrain NODE       it stays after all
remove NODE        strike off a dead node, which may come back by a new invite; says what may be lost, and asks for --force then
set NODE           --weight W relative capacity, --zone Z failure domain
revoke MEMBER      remove a machine for good, by name or peer id; with a node the ring's key is changed
rotate-key         a new key for the ring: invites printed before are dead, members go on by themselves
NODE               its name, its peer id, or at least 10 characters of that`
  },
  cameras: {
    purpose: 'show the cameras of the ring and why one is off; start, stop or change one',
    usage: 'thatdam cameras [start CAMERA | stop CAMERA | move CAMERA NODE | set CAMERA [--name N] [--bitrate BITS] [--size WxH] [--fps N] [--format F] [--device-size WxH] [--device-fps N] [--control NAME=VALUE]… [--mode M] [--pre-roll S] [--post-roll S] [--master M] [--record on|off] | device CAMERA | masters CAMERA [--from TIME] [--to TIME]] --node URL [--json]',
    details: `CAMERA             its id
move CAMERA NODE   have its peer send it to this node (name or peer id), where it stays for as long as that takes it
--bitrate, --size, --fps  can be set where the peer encodes; they are remembered, and go before what the peer's --source says; --size auto forgets all three
--format, --device-size, --device-fps  what a V4L2 camera itself sends (MJPG, YUYV, H264; auto: as its machine chooses), as it lists them; the ring remembers
--control N=V      a control of a V4L2 camera (brightness=128, auto_exposure=1), several allowed; the ring remembers
device CAMERA      formats, sizes, rates and controls of its device, and what they are set to
--mode M           when it is recorded: continuous, scheduled (its ranges are set on the page), manual, motion or off
--pre-roll S       on motion: seconds from before it (${DEFAULT_PRE_ROLL_SECONDS}, at most ${MAX_PRE_ROLL_SECONDS})
--post-roll S      on motion: seconds after it (${DEFAULT_POST_ROLL_SECONDS}, at most ${MAX_POST_ROLL_SECONDS})
--master M         what is made of its recordings, beside them: as-sent (nothing), prores or ffv1
--record on|off    start or stop one of mode manual
masters CAMERA     what was made of its recordings, of the last day or --from and --to; exit code 1 when one failed`
  },
  ledger: {
    purpose: 'show what became of every second of a camera',
    usage: 'thatdam ledger CAMERA --node URL [--from TIME] [--to TIME] [--days] [--json]',
    details: `CAMERA             its id or its name
--from, --to       Unix ms or ISO 8601 (the last day)
--days             sums of each day
Exit code 1 when something is lost.`
  },
  retention: {
    purpose: 'give up footage whose time is over, and say how long it is kept',
    usage: 'thatdam retention [--dry-run] | set CAMERA [--days N] [--motion-days N] [--gigabytes N] [--when-full keep|oldest] | --low-space PERCENT --node URL [--json]',
    details: `--dry-run          only say what would go
set CAMERA         --days N, --motion-days N (hours in which something moved), --gigabytes N (10^9 bytes, copies not counted), none for no limit;
                   --when-full oldest: the oldest goes before its time when the ring's disks are full
--low-space P      less than this share of the ring's disks free is too little
It also goes by itself, every ten minutes. What is kept (thatdam keep) never goes.`
  },
  keep: {
    purpose: 'keep a range of a camera for good',
    usage: 'thatdam keep CAMERA --from TIME --to TIME [--name N] | list CAMERA | remove CAMERA ID --node URL [--json]',
    details: '--from, --to       ISO 8601 or Unix ms'
  },
  export: {
    purpose: 'write a range of a camera to a file',
    usage: 'thatdam export CAMERA FROM TO FILE [--cut exact|keyframe|parts] --node URL [--json]',
    details: `FROM, TO           ISO 8601 or Unix ms
FILE               where to; it must not be there yet
--cut exact        begins and ends with the very picture: only the pictures before the first keyframe are encoded anew, all others are copied (this is the default)
--cut keyframe     begins at the keyframe before FROM and ends with the picture; nothing is encoded
--cut parts        whole parts of about a second, byte for byte as they are stored`
  },
  ...OFFLOAD_HELP,
  alarms: { purpose: 'show what a person should know of, on any node', usage: 'thatdam alarms --node URL [--json]', details: 'Exit code 1 when an alarm is critical.' },
  user: {
    purpose: 'accounts of the ring: make, list, change, disable',
    usage: 'thatdam user add NAME [--role viewer|editor|admin] [--password-file FILE] | list | disable NAME | enable NAME | password NAME --password-file FILE | role NAME ROLE | sign-out NAME | remove NAME --node URL [--json]',
    details: `add NAME           a viewer, unless --role says otherwise; without --password-file a password is made and printed once
--password-file F  its first line is the password; - is standard input
disable, password and role end all sessions of the account, on every node`
  },
  token: {
    purpose: 'keys for programs: make, list, revoke',
    usage: 'thatdam token create NAME --scope SCOPE… [--expires TIME] | list | revoke NAME --node URL [--json]',
    details: `create NAME        prints the key and nothing else; to be sent as Authorization: Bearer, or in THATDAM_TOKEN
--scope S          read, edit, admin (as the roles), ingest (bring files in), live (watch cameras), publish (be a camera); several allowed
--expires TIME     30d, 24h (never)`
  },
  trash: {
    purpose: 'what was deleted, and its return',
    usage: 'thatdam trash list|restore ID…|delete ID…|empty|days [N] --node URL [--json]',
    details: `list               what can be restored, and for how many days
restore ID…        ids, or their beginnings
delete ID…         for good, now; empty: all of them
days [N]           how long deleted assets can be restored, on every node of the ring`
  },
  cloud: {
    purpose: 'keep copies of originals in S3 buckets, or keep them only there',
    usage: 'thatdam cloud list | add NAME s3://BUCKET/PREFIX | set TIER | remove TIER | run TIER | drill TIER [--share P%] | link ASSET [--seconds N] | recall ASSET…|--all --node URL [--json]',
    details: `--endpoint URL     S3 server, when it is not Amazon's; another one only while the tier holds nothing
--region R         its region
--mode copy|move   move: the ring gives up its own copies when enough tiers hold good ones (copy)
--move-copies N    how many those are (${DEFAULT_MOVE_COPIES})
--album ID         only the assets of this album (the whole library)
--share P%         how much of a tier a drill reads (${DEFAULT_DRILL_SHARE * 100}%)
Every node copies what it owns, and needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in its environment. A copy counts when it was read back whole and its hash was right; before the ring gives up its own, every bucket that counts is read once more.
An original that is only in the cloud plays and downloads as before; recall brings it back, to stay until --mode, --move-copies or --album of a tier is set again. What is deleted from the library stays in the bucket.`
  },
  gc: {
    purpose: 'have a node look now for what nothing needs any more',
    usage: 'thatdam gc --node URL [--dry-run] [--json]',
    details: `--dry-run          only say what would be found
A chunk is deleted when nothing needed it for the grace (thatdam node --garbage-grace) and all nodes agree; a silent node stops that.`
  },
  verify: {
    purpose: 'have every node read its disk now, and mend what is damaged',
    usage: 'thatdam verify ASSET…|--all --node URL [--json]',
    details: `ASSET              id of an asset, or its beginning
--all              everything the live nodes hold, and whether all of the library is held by one of them
What is in the cloud only is named and not read: thatdam cloud drill does.
Exit code 1 when a chunk is lost: no node that answered has a good copy.`
  },
  jobs: {
    purpose: 'what runs on any node, how far it is, and why something is not done',
    usage: 'thatdam jobs [JOB | pause JOB | resume JOB | cancel JOB | retry JOB] --node URL [--json]',
    details: `JOB                its id, or the beginning of it
Exit code 1 when a job failed or was interrupted.`
  },
  workflow: {
    purpose: 'run steps one after the other: now, on a schedule, or when something happens',
    usage: 'thatdam workflow run FILE|ID|- [--dry-run] | check FILE|- | list | add FILE|- [--id ID] | remove ID | history [ID] | verbs --node URL [--json]',
    details: `FILE               JSON: {"workflow":[{"action":"scan","root":"/media/incoming"},{"action":"stats"}]}; - reads standard input
run                waits for it to end; --dry-run only says what would be done; exit code 1 when a step failed
add                keeps it on every node; its "schedule" (cron) and "on" (event) begin it
check              says what is wrong with it, and does nothing
verbs              every action with its parameters, and the events`
  },
  'install-service': {
    purpose: 'make this machine start a node by itself (systemd)',
    usage: 'thatdam install-service [--user USER] [--data DIR] [--media DIR]… [--dry-run] [-- FLAGS OF thatdam node]',
    details: `--user USER        who it runs as; made when there is none (thatdam)
--data DIR         its data folder, or DATA_ROOT in the environment; made when there is none (/var/lib/thatdam)
--media DIR        a folder of footage it may read
--dry-run          only print the unit
The unit can be read by everybody: the invite of --join goes into a file beside it that only root reads.`
  },
  backup: {
    purpose: 'copy the whole library to a folder of this machine or an S3 bucket',
    usage: 'thatdam backup DIR|s3://BUCKET/PREFIX --node URL [--keep N] [--endpoint URL] [--json]',
    details: `Only what is not there yet is copied; a run that was cut off goes on where it stopped. One at a time per place.
--keep N           afterwards delete all but the newest N generations
--endpoint URL     S3 server other than Amazon's; or AWS_ENDPOINT_URL
S3 credentials come from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION.
Exit code 1 when something could not be had from the ring.

thatdam backup list TARGET                            what was backed up, and when
thatdam backup verify TARGET [--sample P%] [--generation G]
                   read it all (or that share of it) and say whether it is whole; exit code 1 when it is not`
  },
  restore: {
    purpose: 'lay a backup out in a new, empty ring',
    usage: 'thatdam restore DIR|s3://BUCKET/PREFIX --node URL [--generation G] [--endpoint URL] [--json]',
    details: `--generation G     name of a generation or its beginning (the newest); thatdam backup list shows them
Run it again when it was cut off: it goes on where it stopped.
Exit code 1 when something came back that is not whole.`
  }
}

const COMMON = `--node URL         a node of the ring (http://${NODE_DEFAULTS.http})
--token TOKEN      a key (thatdam token create) or the admin token of the node; better in the environment: THATDAM_TOKEN
--tls-fingerprint F  of a node with a certificate of its own making, as it has printed it; or THATDAM_TLS_FINGERPRINT
--json             the API's JSON instead of text`

/** The page of one command, or the list of all. */
export function helpText(command?: string): string {
  const entry = command === undefined ? undefined : COMMANDS[command]
  if (entry !== undefined) {
    const common = command === 'node' || command === 'peer' || command === 'auto' || command === 'install-service' ? '' : `\n${COMMON}`
    return `${entry.purpose}\n\n  ${entry.usage}\n\n${`${entry.details}${common}`.trim().replace(/^/gm, '  ')}\n`
  }
  const list = Object.entries(COMMANDS).map(([name, { purpose }]) => `  ${name.padEnd(17)}${purpose}`).join('\n')
  return `ThatDAM: one library and one wall of cameras over all your machines.\n\n${list}\n\n  thatdam help COMMAND   how it is written\n  thatdam --version\n`
}
