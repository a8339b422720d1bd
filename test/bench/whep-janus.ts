/** Debian's Janus as its documentation has it for many viewers: the streaming plugin, RTP in on a port, one event loop for each core but one. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { until } from '../support/until.ts'
import type { Clients } from './whep-clients.ts'
import { framesFor } from './whep-source.ts'

const BINARY = '/usr/bin/janus'
const LIBRARIES = ['/usr/lib/x86_64-linux-gnu/janus', '/usr/lib/aarch64-linux-gnu/janus']

export interface Janus {
  readonly pid: number
  connect(id: number, clients: Clients): Promise<void>
  feed(ms: number): Promise<number>
  stop(): Promise<void>
}

/** undefined when it is not installed (`apt-get install janus`). */
export async function startJanus(): Promise<Janus | undefined> {
  const libraries = LIBRARIES.find((folder) => existsSync(join(folder, 'plugins/libjanus_streaming.so')))
  if (!existsSync(BINARY) || libraries === undefined) return undefined
  const folder = await mkdtemp(join(tmpdir(), 'thatdam-janus-'))
  const [http, rtp] = [await freePort(), await freePort()]
  await configure(folder, libraries, http, rtp)
  const child = spawn(BINARY, ['--configs-folder', folder, '--disable-colors'], { stdio: 'ignore', cwd: dirname(folder) })
  const base = `http://127.0.0.1:${http}/janus`
  const source = createSocket('udp4')
  await until(async () => (await fetch(`${base}/info`)).ok, 'janus answers')
  return {
    pid: child.pid!,
    connect: (id, clients) => watch(base, id, clients),
    feed: (ms) => framesFor(ms, source, rtp),
    stop: () => end(child, source, folder)
  }
}

async function end(child: ChildProcess, source: ReturnType<typeof createSocket>, folder: string): Promise<void> {
  source.close()
  child.kill('SIGKILL')
  await once(child, 'exit')
  await rm(folder, { recursive: true, force: true })
}

async function configure(folder: string, libraries: string, http: number, rtp: number): Promise<void> {
  const others = (names: string): string => names.split(' ').map((name) => `libjanus_${name}.so`).join(',')
  await writeFile(join(folder, 'janus.jcfg'), `
general: { configs_folder = "${folder}" plugins_folder = "${libraries}/plugins" transports_folder = "${libraries}/transports" debug_level = 1 event_loops = ${Math.max(1, availableParallelism() - 1)} session_timeout = 0 }
nat: { nice_debug = false full_trickle = false ignore_mdns = true }
media: { ipv6 = false }
plugins: { disable = "${others('audiobridge duktape echotest lua nosip recordplay sip textroom videocall videoroom voicemail')}" }
transports: { disable = "${others('mqtt nanomsg pfunix rabbitmq websockets')}" }
`)
  await writeFile(join(folder, 'janus.transport.http.jcfg'), `general: { json = "compact" base_path = "/janus" http = true ip = "127.0.0.1" port = ${http} https = false }\nadmin: { admin_http = false }\n`)
  await writeFile(join(folder, 'janus.plugin.streaming.jcfg'), `bench: { type = "rtp" id = 1 description = "bench" media = ( { type = "video" mid = "v" label = "v" port = ${rtp} pt = 96 codec = "h264" fmtp = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f" iface = "127.0.0.1" } ) }\n`)
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  return port
}

interface Answer { data?: { id: number }; jsep?: { sdp: string }; plugindata?: { data?: { error?: string } } }

async function watch(base: string, id: number, clients: Clients): Promise<void> {
  const post = async (path: string, body: object): Promise<Answer> => (await fetch(base + path, { method: 'POST', body: JSON.stringify({ transaction: `t${id}`, ...body }) })).json() as Promise<Answer>
  const session = (await post('', { janus: 'create' })).data!.id
  const handle = (await post(`/${session}`, { janus: 'attach', plugin: 'janus.plugin.streaming' })).data!.id
  await post(`/${session}/${handle}`, { janus: 'message', body: { request: 'watch', id: 1 } })
  await clients.accept(id, await offered(`${base}/${session}`), async (sdp) => {
    await post(`/${session}/${handle}`, { janus: 'message', body: { request: 'start' }, jsep: { type: 'answer', sdp } })
  })
}

async function offered(session: string): Promise<string> {
  for (;;) {
    const event = await (await fetch(`${session}?maxev=1`)).json() as Answer
    if (event.plugindata?.data?.error !== undefined) throw new Error(`janus: ${event.plugindata.data.error}`)
    if (event.jsep !== undefined) return event.jsep.sdp
  }
}
