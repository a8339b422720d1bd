// needs: swift-proxy-server swift-account-server swift-container-server swift-object-server
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { suite } from 'uvu'
import { backUp } from '../../../node/backup/back-up.ts'
import { objectPath } from '../../../node/backup/backup-format.ts'
import { type BackupTarget, BackupTargetError } from '../../../node/backup/backup-target.ts'
import { restoreBackup } from '../../../node/backup/restore-backup.ts'
import { createS3Target } from '../../../node/backup/s3-target.ts'
import { verifyBackup } from '../../../node/backup/verify-backup.ts'
import { run } from '../../support/processes.ts'
import { type S3Server, startS3Server } from '../../support/s3-server.ts'
import { FakeLibrary } from './fake-library.ts'

const test = suite('backup in a bucket of a real S3 server')

let server: S3Server
const saved = { ...process.env }

test.before(async () => {
  server = await startS3Server()
  await server.makeBucket('films')
})
test.before.each(() => { Object.assign(process.env, server.environment) })
test.after(async () => {
  for (const name of Object.keys(server?.environment ?? {})) {
    if (saved[name] === undefined) delete process.env[name]
    else process.env[name] = saved[name]
  }
  await server?.end()
})

const pathsIn = async (target: BackupTarget, folder = ''): Promise<string[]> => {
  const paths: string[] = []
  for await (const { path } of target.list(folder)) paths.push(path)
  return paths.sort()
}

test('backed up, verified, added to, damaged, mended and restored', async () => {
  const target = createS3Target('s3://films/studio/one')
  const source = new FakeLibrary()
  const clip = await source.addAsset('clip.mp4', 3_300)
  source.addRecording('porch', 4)
  const first = await backUp({ source, target })
  assert.ok(first.counts.copied > source.chunks.size)
  assert.deepEqual((await verifyBackup(target)).findings, [])
  assert.equal((await backUp({ source, target })).counts.copied, 0)

  const piece = objectPath(createHash('sha256').update(clip.subarray(0, 1_000)).digest('hex'))
  const whole = await target.get(piece, 1_000)
  await target.put(piece, Buffer.from(whole!).fill(0, 10, 12))
  assert.deepEqual((await verifyBackup(target)).findings.map(({ name }) => name), ['clip.mp4'])
  await target.delete(piece)
  assert.match((await verifyBackup(target, { samplePercent: 0 })).findings[0]?.problem ?? '', /missing/)
  assert.equal((await backUp({ source, target })).counts.copied, 1)

  const sink = new FakeLibrary()
  await restoreBackup({ target, sink })
  assert.deepEqual(sink.told(), source.told())
})

test('a prefix keeps to itself, and a listing longer than a page is whole', async () => {
  const [a, b] = [createS3Target('s3://films/a', { pageSize: 3 }), createS3Target('s3://films/ab/', { pageSize: 3 })]
  const paths = Array.from({ length: 8 }, (_, i) => `objects/0${i}/x`)
  for (const path of paths) await a.put(path, Buffer.from(path))
  await b.put('index/y', Buffer.from('y'))
  assert.deepEqual(await pathsIn(a), paths)
  assert.deepEqual(await pathsIn(b), ['index/y'])
  await a.delete(paths[0]!)
  await a.delete(paths[0]!)
  assert.deepEqual(await pathsIn(a, 'objects/'), paths.slice(1))
  assert.equal(await a.get(paths[0]!, 100), undefined)
  await assert.rejects(a.get(paths[1]!, 2), /more than the 2/)
})

test('wrong credentials, no credentials, no bucket and no server are said in one line that tells no secret', async () => {
  const cases: Array<[Record<string, string>, string, RegExp]> = [
    [{ AWS_ACCESS_KEY_ID: 'test:stranger' }, 's3://films/x', /refuses the credentials.*AWS_ACCESS_KEY_ID/],
    [{ AWS_SECRET_ACCESS_KEY: 'not-the-secret' }, 's3://films/x', /refuses the credentials.*AWS_SECRET_ACCESS_KEY/],
    [{}, 's3://no-such-bucket/x', /no bucket no-such-bucket: make it/],
    [{ AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }, 's3://films/x', /no S3 server answers at http:\/\/127\.0\.0\.1:1/]
  ]
  for (const [environment, url, why] of cases) {
    Object.assign(process.env, server.environment, environment)
    const target = createS3Target(url)
    for (const attempt of [() => target.get('a', 10), () => target.put('a', Buffer.of(1)), () => pathsIn(target), () => target.delete('a')]) {
      await assert.rejects(attempt(), (err: unknown) => {
        assert.ok(err instanceof BackupTargetError, String(err))
        assert.match(err.message, why)
        assert.doesNotMatch(err.message, /only-for-tests|not-the-secret/)
        return true
      })
    }
  }
})

test('the command line takes the usual environment variables and --endpoint', async () => {
  const source = new FakeLibrary()
  await source.addAsset('clip.mp4', 1_000)
  await backUp({ source, target: createS3Target('s3://films/cli') })
  const { stdout, code } = await run('backup', 'verify', 's3://films/cli', '--json')
  assert.equal(code, 0)
  assert.equal((JSON.parse(stdout) as { whole: boolean }).whole, true)
  delete process.env['AWS_ENDPOINT_URL']
  const listed = await run('backup', 'list', 's3://films/cli', '--endpoint', server.endpoint)
  assert.match(listed.stdout, /GENERATION/)
  process.env['AWS_SECRET_ACCESS_KEY'] = 'not-the-secret'
  const refused = await run('backup', 'list', 's3://films/cli', '--endpoint', server.endpoint)
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /^thatdam: .*refuses the credentials/)
  assert.equal(refused.stderr.trim().split('\n').length, 1)
  assert.doesNotMatch(refused.stderr, /not-the-secret/)
})

test.run()
