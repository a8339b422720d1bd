/** Live viewing on a real node that records the camera and takes files in, or understands films, at the same time: what viewers lose, and how late they are, with and without that. */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AES_CM_128_HMAC_SHA1_80 } from '../../node/live/send/srtp.ts'
import { beginWithColours, isUnderstood } from '../support/models/colour-nodes.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { writeFilm } from './grainy-film.ts'
import { type Row } from './measure.ts'
import { type Clients, startClients } from './whep-clients.ts'

const VIEWERS = 30
const SAMPLE_MS = 4_000
const ROUNDS = 3
const FILE_BYTES = 16 * 1024 * 1024
/** Of each film that is understood. */
const FILM_SECONDS = 10
const ALONE = 'p95 delay, recording'

export async function run(): Promise<Row[]> {
  const clients = startClients(AES_CM_128_HMAC_SHA1_80)
  const ring = await TestRing.create()
  try {
    await beginWithColours(ring, ['alder'])
    const node = ring.node('alder')
    await ring.peer([{ name: 'Porch', source: 'test?size=640x360' }], node)
    await until(async () => (await ring.camera('porch', node))?.recording, 'the camera is recorded')
    for (let round = -1; round < ROUNDS; round++) writeFilm(join(ring.dir, `${round}.mp4`), FILM_SECONDS, round + 2)
    for (let id = 0; id < VIEWERS; id++) await clients.connect(id, (offer) => watch(node, offer))
    return await measure(ring, node, clients)
  } finally {
    clients.stop()
    await ring.end()
  }
}

async function watch({ url }: NodeProcess, offer: string): Promise<string> {
  const answer = await fetch(`${url}/whep/porch`, { method: 'POST', body: offer, headers: { 'content-type': 'application/sdp' } })
  if (answer.status !== 201) throw new Error(`${answer.status}: ${await answer.text()}`)
  return answer.text()
}

async function measure(ring: TestRing, node: NodeProcess, clients: Clients): Promise<Row[]> {
  const loads: ReadonlyArray<readonly [name: string, load: (round: number) => Promise<string>]> = [
    [ALONE, () => sleep(SAMPLE_MS).then(() => '')],
    ['p95 delay, recording and importing', async () => `, ${((await importFor(ring, node, SAMPLE_MS)) / 1e3 / SAMPLE_MS).toFixed(0)} MB/s imported`],
    ['p95 delay, recording and understanding', async (round) => `, 1080p understood at ${(await understand(ring, node, round)).toFixed(1)} times real time`]
  ]
  const rows = loads.map(([name, load]) => ({ name, load, samples: [] as number[], lost: 0, arrived: 0, did: '' }))
  const ids = Array.from({ length: VIEWERS }, (_, id) => id)
  let oldestMs = 0
  for (let round = -1; round < ROUNDS; round++) {
    for (const row of rows) {
      const loading = row.load(round)
      await clients.count(ids)
      row.did = await loading
      const { packets, gaps, delaysMs } = await clients.count(ids)
      oldestMs = Math.max(oldestMs, Date.now() - ((await ring.camera('porch', node))?.lastDurableMs ?? 0))
      if (round < 0) continue
      row.samples.push(delaysMs.toSorted((a, b) => a - b)[Math.floor(delaysMs.length * 0.95)] ?? Infinity)
      row.lost += gaps
      row.arrived += packets
    }
  }
  return rows.map(({ name, samples, lost, arrived, did }) => ({
    name, unit: 'ms', samples, ...(name === ALONE ? {} : { baseline: ALONE }),
    note: `${VIEWERS} viewers lost ${lost} of ${arrived} packets${did}; newest second on disk never older than ${oldestMs.toFixed(0)} ms`
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

/** How many times faster than it plays a film was looked at and read; drawing it and taking it in are not counted. */
async function understand(ring: TestRing, node: NodeProcess, round: number): Promise<number> {
  const path = join(ring.dir, `${round}.mp4`)
  const { results: [result] } = await ring.upload(node, `${round}.mp4`, new Uint8Array(await readFile(path)))
  const began = performance.now()
  await until(() => isUnderstood(ring, node, result!.assetId!), 'it is understood', 120_000)
  return FILM_SECONDS * 1e3 / (performance.now() - began)
}
