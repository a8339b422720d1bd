import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, randomInt } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import { backUp } from '../../../node/backup/back-up.ts'
import { objectPath } from '../../../node/backup/backup-format.ts'
import { README } from '../../../node/backup/backup-readme.ts'
import { BackupDamagedError, type BackupTarget, BackupTargetError } from '../../../node/backup/backup-target.ts'
import { createFolderTarget } from '../../../node/backup/folder-target.ts'
import { listGenerations } from '../../../node/backup/generations.ts'
import { checkTarget } from '../../../node/backup/open-target.ts'
import { PRUNE_GRACE_MS, pruneBackup } from '../../../node/backup/prune-backup.ts'
import { restoreBackup } from '../../../node/backup/restore-backup.ts'
import { verifyBackup } from '../../../node/backup/verify-backup.ts'
import { FakeLibrary } from './fake-library.ts'

interface Context { dir: string; target: BackupTarget; source: FakeLibrary; clip: Buffer; recording: Buffer }

const test = suite<Context>('backup')
test.before.each(async (context) => {
  context.dir = await mkdtemp(join(tmpdir(), 'thatdam-backup-'))
  context.target = createFolderTarget(context.dir)
  context.source = new FakeLibrary()
  context.clip = await context.source.addAsset('clip.mp4', 5_300)
  await context.source.addAsset('second [1] "quoted".mp4', 2_000)
  await context.source.addAsset('empty.mp4', 0)
  context.recording = context.source.addRecording('porch', 7)
  context.source.cameras = [{ id: 'porch', name: 'Porch', source: 'test', createdAtMs: 5, record: true }]
  context.source.records = { albums: [{ id: 'a1', fields: { name: 'Wedding', parent: null } }] }
})
test.after.each(({ dir }) => rm(dir, { recursive: true, force: true }))

const files = async (dir: string): Promise<string[]> => {
  const found = await readdir(dir, { recursive: true, withFileTypes: true })
  return found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort()
}
const restored = async (target: BackupTarget, generation?: string): Promise<FakeLibrary> => {
  const sink = new FakeLibrary()
  await restoreBackup({ target, sink }, { generation })
  return sink
}

test('what is restored equals what was backed up, and the backup proves whole', async ({ target, source }) => {
  const { missing, counts, manifest } = await backUp({ source, target })
  assert.deepEqual(missing, [])
  assert.deepEqual([manifest.totals.assets, manifest.totals.recordings, manifest.totals.cameras], [3, 1, 1])
  assert.ok(counts.copied >= source.chunks.size)
  const found = await verifyBackup(target)
  assert.deepEqual(found.findings, [])
  assert.deepEqual(found.notes, [])
  assert.deepEqual((await restored(target)).told(), source.told())
})

test('what was made of an asset is backed up with it, read no second time, and missed when it is not there', async ({ target, source, dir }) => {
  await source.addAsset('made.mp4', 1_200, ['sprite@1', 'waveform@1'])
  const whole = await backUp({ source, target })
  assert.deepEqual(whole.missing, [])
  assert.deepEqual((await verifyBackup(target)).findings, [])
  assert.deepEqual((await restored(target)).told(), source.told())
  const asked = source.moved
  source.edit((fields) => fields.set('title', 'Touched'))
  await backUp({ source, target })
  assert.equal(source.moved, asked)
  const sink = new FakeLibrary()
  for (const file of await files(dir)) if (file.includes('/objects/') && (await stat(file)).size === 500) await rm(file) // the last piece of each thing that was made
  const { damaged } = await restoreBackup({ target, sink })
  assert.deepEqual(damaged.map(({ name }) => name), ['made.mp4'])
})

test('an original that is in the cloud only is named as not backed up, and is backed up once it is back', async ({ target }) => {
  const source = new FakeLibrary()
  const clip = await source.addAsset('cloudy.mp4', 5_300)
  await source.addAsset('empty.mp4', 0)
  const pieces = Array.from({ length: 6 }, (_, i) => clip.subarray(i * 1_000, (i + 1) * 1_000)).map((bytes) => [createHash('sha256').update(bytes).digest('hex'), bytes] as const)
  for (const doc of source.docs.values()) for (const name of doc.share.keys()) doc.getMap(name).set('away', true)
  for (const [hash] of pieces) assert.ok(source.chunks.delete(hash))
  for (let run = 0; run < 2; run++) {
    const { away, missing, outside } = await backUp({ source, target })
    assert.deepEqual([away, missing, outside], [['cloudy.mp4'], [], []])
    assert.deepEqual((await verifyBackup(target)).findings, [])
  }
  for (const doc of source.docs.values()) for (const name of doc.share.keys()) doc.getMap(name).set('away', false)
  for (const [hash, bytes] of pieces) source.chunks.set(hash, bytes)
  const { away, missing, outside } = await backUp({ source, target })
  assert.deepEqual([away, missing, outside], [[], [], []])
  assert.deepEqual((await verifyBackup(target)).findings, [])
  assert.deepEqual((await restored(target)).told(), source.told())
  source.edit((fields) => fields.set('away', true), createHash('sha256').update(clip).digest('hex'))
  assert.deepEqual((await backUp({ source, target })).away, [], 'an earlier backup has it')
  assert.deepEqual((await restored(target)).told(), source.told())
})

test('a second run copies only what is new, and says so; each generation restores as it was', async ({ target, source }) => {
  await backUp({ source, target })
  const before = source.told()
  const asked = source.moved
  const same = await backUp({ source, target })
  assert.deepEqual([same.counts.copied, source.moved], [0, asked])
  source.edit((fields) => fields.set('title', 'A title'))
  const edited = await backUp({ source, target })
  assert.deepEqual([edited.counts.copied, source.moved], [1, asked], 'the document, and no chunk')
  await source.addAsset('third.mp4', 1_500)
  const grown = await backUp({ source, target })
  assert.equal(source.moved - asked, 5, 'two pieces, their list, a poster and its list')
  assert.equal(grown.counts.copied, 6)
  assert.deepEqual((await restored(target)).told(), source.told())
  const names = await listGenerations(target)
  assert.equal(names.length, 4)
  assert.deepEqual((await restored(target, names[0]!.slice(0, 19))).told(), before)
})

test('a run that is cut off anywhere leaves a backup as good as before, and the next run goes on', async ({ target, source }) => {
  await backUp({ source, target })
  const before = source.told()
  await source.addAsset('third.mp4', 6_000)
  for (let allowed = 0, done = false; !done; allowed += 2) {
    source.failAfter = source.moved + 2
    done = await backUp({ source, target }).then(() => true, (err) => {
      assert.match(String(err), /plug/)
      return false
    })
    if (!done) {
      assert.deepEqual((await verifyBackup(target)).findings, [])
      assert.deepEqual((await restored(target)).told(), before)
    }
    assert.ok(allowed < 40, 'it never got anywhere')
  }
  source.failAfter = Number.POSITIVE_INFINITY
  assert.deepEqual((await restored(target)).told(), source.told())
})

test('a restore that is cut off goes on where it stopped', async ({ target, source }) => {
  await backUp({ source, target })
  const sink = new FakeLibrary()
  sink.failAfter = 5
  await assert.rejects(restoreBackup({ target, sink }), /plug/)
  sink.failAfter = Number.POSITIVE_INFINITY
  const result = await restoreBackup({ target, sink })
  assert.equal(result.resumed, true)
  assert.ok(result.present >= 5)
  assert.equal(sink.moved, source.chunks.size, 'no chunk is written twice')
  assert.deepEqual(sink.told(), source.told())
})

test('a flipped bit in any file of a backup, or its loss, is noticed', async ({ dir, target }) => {
  const source = new FakeLibrary()
  await source.addAsset('clip.mp4', 1_500)
  source.addRecording('porch', 3)
  await backUp({ source, target })
  source.edit((fields) => fields.set('title', 'A title'))
  await backUp({ source, target })
  const current = new Set((await verifyBackup(target)).manifest.documents.map(({ name, index }) => `${name}-${index}`))
  for (const file of await files(dir)) {
    if (file.includes('/index/') && ![...current].some((name) => file.includes(name))) continue // of the older generation only
    const bytes = await readFile(file)
    const flipped = Buffer.from(bytes)
    const at = randomInt(bytes.length * 8)
    flipped[at >> 3]! ^= 1 << (at & 7)
    for (const spoil of [() => writeFile(file, flipped), () => rm(file)]) {
      await spoil()
      const whole = await verifyBackup(target).then(({ findings, notes }) => findings.length === 0 && notes.length === 0, (err) => {
        assert.ok(err instanceof BackupDamagedError || err instanceof BackupTargetError, String(err))
        return false
      })
      const isOldDocument = file.includes('/objects/') && whole
      if (isOldDocument) await assert.rejects(everyGeneration(target), file)
      else if (file.includes('/generations/') && (await listGenerations(target)).length === 1) assert.equal(whole, true) // the one before the last may be pruned
      else assert.equal(whole, false, `bit ${at} of ${file}`)
      await writeFile(file, bytes)
    }
  }
  assert.deepEqual((await verifyBackup(target)).findings, [])
})

async function everyGeneration(target: BackupTarget): Promise<void> {
  for (const generation of await listGenerations(target)) {
    const { findings } = await verifyBackup(target, { generation })
    if (findings.length > 0) throw new Error(findings[0]!.problem)
  }
}

test('what is damaged or missing is told by the name of its asset, restored around, and mended by the next backup once it is gone', async ({ dir, target, source, clip }) => {
  await backUp({ source, target })
  const piece = createHash('sha256').update(clip.subarray(1_000, 2_000)).digest('hex')
  await writeFile(join(dir, objectPath(piece)), 'not what it was')
  const { findings } = await verifyBackup(target)
  assert.deepEqual(findings.map(({ name }) => name), ['clip.mp4'])
  assert.match(findings[0]!.problem, new RegExp(`${piece} is damaged`))
  const sampled = await verifyBackup(target, { samplePercent: 0 })
  assert.deepEqual(sampled.findings.map(({ name }) => name), ['clip.mp4'], 'its size gives it away')
  assert.ok(sampled.seen > sampled.read)

  const sink = new FakeLibrary()
  const { damaged } = await restoreBackup({ target, sink })
  assert.deepEqual(damaged.map(({ name }) => name), ['clip.mp4'])
  assert.equal(sink.chunks.has(piece), false)
  assert.equal(sink.chunks.size, source.chunks.size - 1)

  const { counts } = await backUp({ source, target })
  assert.equal(counts.copied, 1, 'a piece of another length is copied again')
  await rm(join(dir, objectPath(piece)))
  assert.deepEqual((await verifyBackup(target)).findings.map(({ name }) => name), ['clip.mp4'])
  assert.equal((await backUp({ source, target })).counts.copied, 1)
  assert.deepEqual((await verifyBackup(target)).findings, [])
})

test('what the ring itself does not have is told, backed up around, and brought by a later run', async ({ target, source, clip }) => {
  const piece = createHash('sha256').update(clip.subarray(1_000, 2_000)).digest('hex')
  const kept = source.chunks.get(piece)!
  source.chunks.delete(piece)
  assert.deepEqual((await backUp({ source, target })).missing, [{ name: 'clip.mp4', chunks: 1 }])
  assert.deepEqual((await verifyBackup(target)).findings.map(({ name }) => name), ['clip.mp4'])
  const sink = new FakeLibrary()
  assert.deepEqual((await restoreBackup({ target, sink })).damaged.map(({ name }) => name), ['clip.mp4'])
  assert.deepEqual(sink.told(), source.told())
  source.chunks.set(piece, Buffer.from('rotten'))
  assert.equal((await backUp({ source, target })).missing.length, 1, 'bytes that do not hash are not had')
  source.chunks.set(piece, kept)
  assert.deepEqual((await backUp({ source, target })).missing, [])
  assert.deepEqual((await verifyBackup(target)).findings, [])
})

test('pruning keeps the newest generations whole, deletes what only older ones needed, and spares what was written lately', async ({ dir, target, source }) => {
  await backUp({ source, target })
  for (const title of ['one', 'two']) {
    source.edit((fields) => fields.set('title', title))
    await backUp({ source, target })
  }
  const orphan = join(dir, objectPath('ab'.repeat(32)))
  await mkdir(join(orphan, '..'), { recursive: true })
  await writeFile(orphan, 'left by a run that was cut off')
  const before = (await files(dir)).length
  assert.deepEqual(await pruneBackup(target, { keep: 5 }), { generations: 0, files: 0, bytes: 0 })
  assert.deepEqual(await pruneBackup(target, { keep: 2 }), { generations: 1, files: 0, bytes: 0 }, 'it could be of a run that goes on')
  assert.deepEqual((await verifyBackup(target)).findings, [])
  const old = new Date(Date.now() - PRUNE_GRACE_MS - 60_000)
  for (const file of await files(dir)) await utimes(file, old, old)
  const { files: deleted } = await pruneBackup(target, { keep: 1 })
  assert.equal(deleted, 3, 'two older documents, whose index is the same, and the orphan')
  assert.equal((await files(dir)).length, before - 2 - 3)
  assert.deepEqual((await verifyBackup(target)).findings, [])
  assert.deepEqual((await restored(target)).told(), source.told())
})

test('nothing is pruned while a generation that stays can not be read', async ({ dir, target, source }) => {
  await backUp({ source, target })
  await backUp({ source, target })
  const [index] = await readdir(join(dir, 'index'))
  await rm(join(dir, 'index', index!))
  await assert.rejects(pruneBackup(target, { keep: 1 }), BackupDamagedError)
  assert.equal((await listGenerations(target)).length, 2)
})

test('a folder with other things in it, or with the backup of another ring, is left alone', async ({ dir, target, source }) => {
  await writeFile(join(dir, 'thesis.doc'), 'mine')
  await assert.rejects(backUp({ source, target }), /thesis\.doc/)
  assert.deepEqual(await readdir(dir), ['thesis.doc'])
  await rm(join(dir, 'thesis.doc'))
  await backUp({ source, target })
  await assert.rejects(backUp({ source: new FakeLibrary(), target }), /another ring/)
  await assert.rejects(verifyBackup(createFolderTarget(join(dir, 'nowhere'))), /no backup/)
})

test('a folder for a backup is made only in one that is there, and none where disks are mounted', async ({ dir, source }) => {
  for (const place of [join(dir, 'disk', 'archive'), '/media/no-such-disk-of-a-test', '/mnt/no-such-disk-of-a-test', '/run/media/nobody/no-such-disk']) await assert.rejects(checkTarget(place), /^BackupTargetError: there is no \/.+: plug its disk in, or make that folder/)
  await assert.rejects(backUp({ source, target: createFolderTarget(join(dir, 'disk', 'archive')) }), /there is no .+\/disk\/archive: plug its disk in/)
  assert.deepEqual(await readdir(dir), [])
  await checkTarget(join(dir, 'first'))
  assert.deepEqual(await readdir(dir), [])
  await backUp({ source, target: createFolderTarget(join(dir, 'first')) })
  await checkTarget(join(dir, 'first'))
  await checkTarget('s3://bucket/films')
  await assert.rejects(checkTarget('ftp://nowhere'), /no place for a backup/)
  await writeFile(join(dir, 'file'), '')
  await assert.rejects(checkTarget(join(dir, 'file')), /is no folder/)
})

test('a disk that is pulled while it is written to is not replaced by a folder', async ({ dir }) => {
  const target = createFolderTarget(join(dir, 'disk'))
  await target.put('objects/ab/x', Buffer.from('whole'))
  await rm(join(dir, 'disk'), { recursive: true })
  await assert.rejects(target.put('objects/cd/y', Buffer.from('whole')), /there is no .+\/disk: plug its disk in/)
  assert.deepEqual(await readdir(dir), [])
})

test('a person gets a file and a recording back with the commands of the README', async ({ dir, target, source, clip, recording }) => {
  await backUp({ source, target })
  const readme = await readFile(join(dir, 'README.txt'), 'utf8')
  assert.equal(readme, README)
  const commands = /To get back clip\.mp4[^\n]*\n\n([\s\S]*?)\n\n/.exec(readme)?.[1] ?? ''
  execFileSync('sh', ['-c', commands], { cwd: dir })
  assert.ok(clip.equals(await readFile(join(dir, 'clip.mp4'))))
  execFileSync('sh', ['-c', commands.replaceAll('> clip.mp4', '> porch.mp4').replaceAll('clip.mp4', 'porch/2026-11-22T17/one')], { cwd: dir })
  assert.ok(recording.equals(await readFile(join(dir, 'porch.mp4'))))
  const names = /To see all names:\n\n([\s\S]*?)\n\n/.exec(readme)?.[1] ?? ''
  assert.match(execFileSync('sh', ['-c', names], { cwd: dir, encoding: 'utf8' }), /^clip\.mp4$/m)
  const check = /whether the pieces are whole:\n\n([\s\S]*?)\n\n/.exec(readme)?.[1] ?? ''
  assert.equal(execFileSync('sh', ['-c', check], { cwd: dir, encoding: 'utf8' }), '')
})

test('an interrupted write leaves no file under a name that counts', async ({ dir, target }) => {
  await target.put('objects/ab/x', Buffer.from('whole'))
  await writeFile(join(dir, 'objects/ab/y.part'), 'ha')
  const listed = []
  for await (const { path } of target.list('objects/')) listed.push(path)
  assert.deepEqual(listed, ['objects/ab/x'])
  assert.equal((await stat(join(dir, 'objects/ab/x'))).size, 5)
})

test.run()
