// needs: swift-proxy-server swift-account-server swift-container-server swift-object-server
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { AssetDetail, AssetView, CloudLink, GarbageReport, ImportResult, JobView, TierList } from '#protocols/http.ts'
import { type NodeProcess, run, TestRing } from '../support/processes.ts'
import { type S3Server, startS3Server } from '../support/s3-server.ts'
import { until } from '../support/until.ts'

const test = suite('copies of originals in buckets, and originals that are only there')

let ring: TestRing
let s3: S3Server
let alder: NodeProcess
let birch: NodeProcess
let ids: string[]
let sound: Buffer

/** 20 MB of noise: more than one part of an object. */
function wav(): Buffer {
  const noise = randomBytes(20_000_000)
  const head = Buffer.from('524946460000000057415645666d7420100000000100020080bb000000ee0200040010006461746100000000', 'hex')
  head.writeUInt32LE(36 + noise.length, 4)
  head.writeUInt32LE(noise.length, 40)
  return Buffer.concat([head, noise])
}

const cloud = (...args: string[]) => run('cloud', ...args, '--node', alder.url)
const asset = (id: string, node = birch): Promise<AssetDetail> => ring.get(`${node.url}/api/v1/assets/${id}`)
const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

test.before(async () => {
  s3 = await startS3Server()
  await s3.makeBucket('first')
  await s3.makeBucket('second')
  ring = await TestRing.create()
  Object.assign(process.env, s3.environment) // nodes have it from here
  alder = await ring.begin('alder', { flags: ['--garbage-grace', '4s'] })
  birch = await ring.begin('birch', { flags: ['--garbage-grace', '4s'] })
  await ring.together(2)
  const media = join(ring.dir, 'media')
  await mkdir(media)
  sound = wav()
  await writeFile(join(media, 'noise.wav'), sound)
  const { results } = JSON.parse((await run('import', media, '--node', alder.url, '--json')).stdout) as { results: ImportResult[] }
  ids = results.map(({ assetId }) => assetId!)
})

test.after(async () => {
  await ring?.end()
  await s3?.end()
  for (const name of Object.keys(s3?.environment ?? {})) delete process.env[name]
})

test('an original is copied into a bucket, read back, and counts there only then', async () => {
  assert.equal((await cloud('add', 'Offsite', 's3://first/films')).code, 0)
  assert.match((await cloud('add', 'Offsite', 's3://first/films')).stderr, /there is a tier Offsite already/)
  assert.match((await cloud('add', 'Odd', 'ftp://x')).stderr, /names no bucket/)
  for (const node of [alder, birch]) await runOn(node, 'Offsite') // whoever owns it copies it
  const { tiers: [tier] } = await ring.get<TierList>(`${birch.url}/api/v1/tiers`)
  assert.deepEqual([tier?.wanted, tier?.held, tier?.away, tier?.bytes], [1, 1, 0, sound.length])
  assert.match((await cloud('list')).stdout, /Offsite +s3:\/\/first\/films +copy +1 of 1/)
})

test('a link downloads it from the bucket alone', async () => {
  const { url } = await ring.get<CloudLink>(`${birch.url}/api/v1/assets/${ids[0]}/link?seconds=600`)
  assert.ok(url.startsWith(s3.endpoint) && !url.includes('only-for-tests'))
  assert.equal(hash(Buffer.from(await (await fetch(url)).arrayBuffer())), ids[0])
})

test('the ring gives up its own copies only when enough buckets hold good ones', async () => {
  assert.equal((await cloud('add', 'Archive', 's3://second/films', '--mode', 'move', '--move-copies', '3')).code, 0)
  for (const node of [alder, birch]) await runOn(node, 'Archive')
  assert.equal((await asset(ids[0]!)).away, undefined)
  assert.equal((await cloud('set', 'Archive', '--move-copies', '2')).code, 0)
  for (const node of [alder, birch]) await runOn(node, 'Archive')
  await until(async () => (await asset(ids[0]!)).away === true, 'it is away')
  await until(async () => {
    await ring.send('POST', `${alder.url}/api/v1/garbage`, {}) as GarbageReport
    await ring.send('POST', `${birch.url}/api/v1/garbage`, {})
    const held = await Promise.all([alder, birch].map(async (node) => (await ring.get<{ members: Array<{ self: boolean; usedBytes: number }> }>(`${node.url}/api/v1/ring`)).members.find(({ self }) => self)!.usedBytes))
    return held.every((bytes) => bytes < 1_000_000)
  }, 'the disks are free', 60_000)
  const { code, stdout } = await run('verify', '--all', '--node', alder.url)
  assert.equal(code, 0, stdout)
  assert.match(stdout, /in the cloud only, and not read: 1 of the originals/)
})

test('what is only in the cloud is read whole and by range from any node, byte for byte', async () => {
  for (const node of [alder, birch]) assert.equal(hash(await ring.bytes(`${node.url}/api/v1/assets/${ids[0]}/content`)), ids[0])
  const part = Buffer.from(await (await fetch(`${birch.url}/api/v1/assets/${ids[0]}/content`, { headers: { range: 'bytes=1048570-1048590' } })).arrayBuffer())
  assert.ok(part.equals(sound.subarray(1_048_570, 1_048_591)))
})

test('a drill reads originals back and says that they are good; a tier something lies only in is not forgotten', async () => {
  const { code, stdout } = await cloud('drill', 'Archive', '--share', '100%')
  assert.equal(code, 0, stdout)
  assert.match(stdout, /1 of 1 done/)
  assert.match((await cloud('remove', 'Archive')).stderr, /are in the cloud only/)
})

test('it is brought back onto the disks, and then needs no bucket', async () => {
  assert.equal((await cloud('recall', '--all')).code, 0)
  const back = await asset(ids[0]!)
  assert.deepEqual([back.away, back.copies.reduce((least, { chunks }) => Math.min(least, chunks), Infinity)], [undefined, back.chunks])
  await cloud('set', 'Archive', '--mode', 'copy')
  assert.equal((await cloud('remove', 'Archive')).code, 0)
  assert.equal((await ring.get<AssetView>(`${alder.url}/api/v1/assets/${ids[0]}`)).away, undefined)
})

async function runOn(node: NodeProcess, tier: string): Promise<void> {
  const { id } = await ring.send<JobView>('POST', `${node.url}/api/v1/tiers/${tier}/run`, {})
  await until(async () => {
    const job = await ring.get<JobView>(`${node.url}/api/v1/jobs/${id}`)
    assert.notEqual(job.state, 'failed', job.error ?? '')
    return job.state === 'done'
  }, 'it is copied', 120_000)
}

test.run()
