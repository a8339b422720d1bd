/**
 * How many viewers a core serves, and what a packet to a viewer costs in CPU time of the whole serving process. Viewers step up until a server loses
 * more than a thousandth or is late; at every step the servers take turns on the same machine: the library's own way, ours by node:crypto and dgram,
 * ours with the accelerator, and Debian's Janus when it is installed. `BENCH_SRTP=gcm` has all of them encrypt with AES-GCM; `BENCH_VIEWERS=25,50`
 * are other steps.
 */
import { fork } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AEAD_AES_128_GCM, AES_CM_128_HMAC_SHA1_80 } from '../../node/live/send/srtp.ts'
import { median, type Row } from './measure.ts'
import { type Clients, startClients } from './whep-clients.ts'
import { startJanus } from './whep-janus.ts'
import type { FromServer, ToServer } from './whep-server.ts'
import { framesFor, PACKETS_PER_SECOND } from './whep-source.ts'

const STEPS = (process.env['BENCH_VIEWERS'] ?? '25,50,75,100,150,200,300').split(',').map(Number)
const SAMPLE_MS = 1_500
const ROUNDS = 2
/** A whole run does not begin another step after this long, in milliseconds. */
const BUDGET_MS = 170_000
const MAX_LOSS = 0.001
const MAX_DELAY_MS = 200
/** Connecting at once, and times a refused viewer comes back. */
const JOINING = 4
const RETRIES = 4
const GCM = process.env['BENCH_SRTP'] === 'gcm'

interface Server {
  readonly name: string
  readonly pid: number
  connect(id: number, clients: Clients): Promise<void>
  /** Packets for so long; answers how many. */
  feed(ms: number): Promise<number>
  stop(): Promise<void> | void
}

interface Sample { us: number; loss: number; delayMs: number; cores: number }

export async function run(): Promise<Row[]> {
  const clients = startClients(GCM ? AEAD_AES_128_GCM : AES_CM_128_HMAC_SHA1_80)
  const janus = await startJanus()
  const servers: Server[] = [
    startServer('library', 'werift as documented'), startServer('ours', 'ours, plain Node', { THATDAM_SENDER: 'node' }), startServer('ours', 'ours, koffi'),
    ...(janus === undefined ? [] : [{ name: 'Janus', ...janus }])
  ]
  try {
    return report(await climb(servers, clients), janus !== undefined)
  } finally {
    clients.stop()
    for (const server of servers) await server.stop()
  }
}

/** Every server's samples at every step it stood. */
async function climb(servers: readonly Server[], clients: Clients): Promise<Map<Server, Map<number, Sample[]>>> {
  const results = new Map(servers.map((server) => [server, new Map<number, Sample[]>()]))
  const viewers = new Map(servers.map((server) => [server, [] as number[]]))
  const until = performance.now() + BUDGET_MS
  let standing = [...servers]
  let next = 0
  for (const step of STEPS) {
    if (performance.now() > until) break
    const joined: Server[] = []
    for (const server of standing) if (await grow(server, clients, viewers.get(server)!, step, () => next++)) joined.push(server)
    const samples = new Map(joined.map((server) => [server, [] as Sample[]]))
    for (let round = 0; round < ROUNDS; round++) {
      for (const server of joined) samples.get(server)!.push(await sample(server, clients, viewers.get(server)!))
    }
    for (const [server, taken] of samples) results.get(server)!.set(step, taken)
    standing = joined.filter((server) => samples.get(server)!.some(({ loss, delayMs }) => loss <= MAX_LOSS && delayMs <= MAX_DELAY_MS))
  }
  return results
}

/** False when the server takes no more. */
async function grow(server: Server, clients: Clients, viewers: number[], count: number, id: () => number): Promise<boolean> {
  const join = async (): Promise<void> => {
    const each = id()
    for (let left = RETRIES; ; left--) {
      try {
        await server.connect(each, clients)
        viewers.push(each)
        return
      } catch (err) {
        if (left === 0) throw err
        await sleep(1_000)
      }
    }
  }
  try {
    while (viewers.length < count) await Promise.all(Array.from({ length: Math.min(JOINING, count - viewers.length) }, join))
    return true
  } catch (err) {
    process.stderr.write(`${server.name} at ${viewers.length} viewers: ${err instanceof Error ? err.message : err}\n`)
    return false
  }
}

async function sample(server: Server, clients: Clients, viewers: readonly number[]): Promise<Sample> {
  await server.feed(300) // warm
  await sleep(300)
  await clients.count(viewers)
  const before = cpuMicroseconds(server.pid)
  const began = performance.now()
  const sent = await server.feed(SAMPLE_MS)
  const spent = cpuMicroseconds(server.pid) - before
  const cores = spent / 1_000 / (performance.now() - began)
  await sleep(300)
  const { packets, delaysMs } = await clients.count(viewers)
  const expected = sent * viewers.length
  const late = delaysMs.toSorted((a, b) => a - b)[Math.floor(delaysMs.length * 0.95)] ?? Infinity
  return { us: spent / expected, loss: Math.max(0, 1 - packets / expected), delayMs: late, cores }
}

/** Of all threads of a process, user and system. */
function cpuMicroseconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

function report(results: Map<Server, Map<number, Sample[]>>, janus: boolean): Row[] {
  const baseline = janus ? 'Janus' : 'werift as documented'
  const has = (name: string, step: number): boolean => [...results].some(([server, steps]) => server.name === name && steps.has(step))
  const rows: Row[] = []
  const note = `${GCM ? 'AES-GCM' : 'AES-CM with HMAC-SHA1-80'}, ${PACKETS_PER_SECOND} packets/s; ${janus ? 'Janus beside it' : 'Janus is not installed, so not compared'}`
  for (const step of STEPS) {
    for (const [server, steps] of results) {
      const samples = steps.get(step)
      if (samples === undefined) continue
      const [loss, delay, cores] = [median(samples.map((each) => each.loss)), median(samples.map((each) => each.delayMs)), median(samples.map((each) => each.cores))]
      rows.push({
        name: `${server.name}, ${step} viewers`, unit: 'us', samples: samples.map(({ us }) => us), note: `lost ${(loss * 100).toFixed(2)} %, p95 delay ${delay.toFixed(0)} ms, ${cores.toFixed(2)} cores`,
        ...(server.name !== baseline && has(baseline, step) ? { baseline: `${baseline}, ${step} viewers` } : {})
      })
    }
  }
  return [...rows, ...perCore(results, baseline, note)]
}

/** From the cost of a packet at the highest step that every server stood: the same work for all. */
function perCore(results: Map<Server, Map<number, Sample[]>>, baseline: string, note: string): Row[] {
  const stood = (samples: readonly Sample[] | undefined): boolean => samples?.some(({ loss, delayMs }) => loss <= MAX_LOSS && delayMs <= MAX_DELAY_MS) ?? false
  const common = STEPS.filter((step) => [...results].every(([server, steps]) => server.name === 'werift as documented' || stood(steps.get(step)))).at(-1) ?? STEPS[0]!
  return [...results].map(([server, steps]) => {
    const highest = STEPS.filter((step) => stood(steps.get(step))).at(-1) ?? 0
    const at = steps.has(common) && (highest >= common) ? common : highest || STEPS[0]!
    return {
      name: `${server.name}, viewers per core`, unit: '', samples: (steps.get(at) ?? []).map(({ us }) => 1e6 / us / PACKETS_PER_SECOND),
      note: `at ${at} viewers; stood ${highest}; ${note}`, ...(server.name === baseline ? {} : { baseline: `${baseline}, viewers per core` })
    }
  })
}

function startServer(mode: string, name: string, env: Record<string, string> = {}): Server {
  const child = fork(join(import.meta.dirname, 'whep-server.ts'), [mode], { stdio: 'inherit', env: { ...process.env, ...env } })
  const source = createSocket('udp4')
  const port = new Promise<number>((resolve) => { child.once('message', (message: FromServer) => { if (message.type === 'listening') resolve(message.port) }) })
  let next = 0
  const answer = (offer: string): Promise<string> => new Promise((resolve, reject) => {
    const call = next++
    const listen = (message: FromServer): void => {
      if (message.type === 'listening' || message.call !== call) return
      child.off('message', listen)
      if (message.type === 'refused') reject(new Error(message.why))
      else resolve(message.sdp)
    }
    child.on('message', listen)
    const question: ToServer = { call, offer }
    child.send(question)
  })
  return {
    name, pid: child.pid!,
    connect: (id, clients) => clients.connect(id, answer),
    feed: async (ms) => framesFor(ms, source, await port),
    stop() {
      source.close()
      if (child.connected) child.disconnect()
    }
  }
}
