/** Live viewing on a real node that records the camera and takes files in at the same time: what viewers lose, and how late they are, with and without the import. */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { AES_CM_128_HMAC_SHA1_80 } from '../../node/live/send/srtp.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { type Row } from './measure.ts'
import { type Clients, startClients } from './whep-clients.ts'

const VIEWERS = 30
const SAMPLE_MS = 4_000
const ROUNDS = 3
const FILE_BYTES = 16 * 1024 * 1024
const ALONE = 'p95 delay, recording'
const BUSY = 'p95 delay, recording and importing'

export async function run(): Promise<Row[]> {
  const clients = startClients(AES_CM_128_HMAC_SHA1_80)
  const ring = await TestRing.create()
  try {
    const node = await ring.begin('alder')
    await ring.peer([{ name: 'Porch', source: 'test?size=640x360' }], node)
    await until(async () => (await ring.camera('porch', node))?.recording, 'the camera is recorded')
    for (let id = 0; id < VIEWERS; id++) await clients.connect(id, (offer) => join(node, offer))
    return await measure(ring, node, clients)
  } finally {
    clients.stop()
    await ring.end()
  }
}

async function join({ url }: NodeProcess, offer: string): Promise<string> {
  const answer = await fetch(`${url}/whep/porch`, { method: 'POST', body: offer, headers: { 'content-type': 'application/sdp' } })
  if (answer.status !== 201) throw new Error(`${answer.status}: ${await answer.text()}`)
  return answer.text()
}

async function measure(ring: TestRing, node: NodeProcess, clients: Clients): Promise<Row[]> {
  const rows = [{ name: ALONE, samples: [] as number[], lost: 0, arrived: 0, megabytes: 0 }, { name: BUSY, samples: [] as number[], lost: 0, arrived: 0, megabytes: 0 }]
  const ids = Array.from({ length: VIEWERS }, (_, id) => id)
  let oldestMs = 0
  for (let round = -1; round < ROUNDS; round++) {
    for (const row of rows) {
      const importing = row.name === BUSY ? importFor(ring, node, SAMPLE_MS) : sleep(SAMPLE_MS).then(() => 0)
      await clients.count(ids)
      const bytes = await importing
      const { packets, gaps, delaysMs } = await clients.count(ids)
      oldestMs = Math.max(oldestMs, Date.now() - ((await ring.camera('porch', node))?.lastDurableMs ?? 0))
      if (round < 0) continue
      row.samples.push(delaysMs.toSorted((a, b) => a - b)[Math.floor(delaysMs.length * 0.95)] ?? Infinity)
      row.lost += gaps
      row.arrived += packets
      row.megabytes += bytes / 1e6
    }
  }
  return rows.map(({ name, samples, lost, arrived, megabytes }) => ({
    name, unit: 'ms', samples, ...(name === BUSY ? { baseline: ALONE } : {}),
    note: `${VIEWERS} viewers lost ${lost} of ${arrived} packets${megabytes > 0 ? `, ${(megabytes / ROUNDS / SAMPLE_MS * 1_000).toFixed(0)} MB/s imported` : ''}; newest second on disk never older than ${oldestMs.toFixed(0)} ms`
  }))
}

/** Bytes taken in. */
async function importFor(ring: TestRing, node: NodeProcess, ms: number): Promise<number> {
  const endMs = performance.now() + ms
  let bytes = 0
  for (let n = 0; performance.now() < endMs; n++) {
    await ring.upload(node, `noise-${n}.bin`, randomBytes(FILE_BYTES))
    bytes += FILE_BYTES
  }
  return bytes
}
