import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import { backUp } from '../../../node/backup/back-up.ts'
import { type ChunkLists, decodeGeneration, decodeIndex, decodeMarker, encodeGeneration, encodeIndex, encodeMarker, FORMAT_VERSION, type Generation, generationName, generationPath, hashOf, type IndexEntry, indexPath, MARKER_PATH, MAX_INDEX_BYTES, MAX_MANIFEST_BYTES, objectPath, timeOfGeneration } from '../../../node/backup/backup-format.ts'
import { BackupDamagedError, type BackupTarget } from '../../../node/backup/backup-target.ts'
import { createFolderTarget } from '../../../node/backup/folder-target.ts'
import { listGenerations, readGeneration } from '../../../node/backup/generations.ts'
import { ObjectSet } from '../../../node/backup/object-set.ts'
import { restoreBackup } from '../../../node/backup/restore-backup.ts'
import { parseS3Url } from '../../../node/cloud/s3-place.ts'
import { verifyBackup } from '../../../node/backup/verify-backup.ts'
import { FakeLibrary } from './fake-library.ts'

interface Context { dir: string; target: BackupTarget; source: FakeLibrary; manifest: Generation; piece: string }

const test = suite<Context>('a backup that means harm')
test.before.each(async (context) => {
  context.dir = await mkdtemp(join(tmpdir(), 'thatdam-hostile-'))
  context.target = createFolderTarget(context.dir)
  context.source = new FakeLibrary()
  const clip = await context.source.addAsset('clip.mp4', 1_500)
  context.manifest = (await backUp({ source: context.source, target: context.target })).manifest
  context.piece = hashOf(clip.subarray(0, 1_000))
})
test.after.each(({ dir }) => rm(dir, { recursive: true, force: true }))

const hex = (): string => randomBytes(32).toString('hex')

/** Publish a generation whose one document has this index; all hashes are right. */
async function publish({ dir, manifest, target }: Context, index: Uint8Array, changes: Partial<Generation['documents'][0]> = {}): Promise<void> {
  const [first] = manifest.documents
  const document = { ...first!, index: hashOf(index), ...changes }
  await writeFile(join(dir, indexPath(document)), index)
  const bytes = encodeGeneration({ ...manifest, documents: [document] })
  await target.put(generationPath(generationName(Date.now() + 60_000, bytes)), bytes)
}

const refused = (work: Promise<unknown>, why: RegExp): Promise<void> => assert.rejects(work, (err: unknown) => {
  assert.ok(err instanceof BackupDamagedError, String(err))
  assert.match(err.message, why)
  return true
})

test('names that lead out of the backup are no names', async (context) => {
  const { target } = context
  for (const evil of ['../../../../etc/passwd', '/etc/passwd', `..${'a'.repeat(62)}`, 'A'.repeat(64), `${'a'.repeat(63)}\n`, '']) {
    const entry = { name: 'x', kind: 'asset', id: 'x', content: [evil], sizes: [1], lists: [], listSizes: [], missing: [] }
    await publish(context, Buffer.from(`${JSON.stringify(entry)}\n`))
    await refused(restoreBackup({ target, sink: new FakeLibrary() }), /damaged/)
    const { findings } = await verifyBackup(target)
    assert.match(findings.map(({ problem }) => problem).join(), /damaged/)
  }
  for (const name of ['../x', 'zz', 'root', '0g', '']) {
    const bytes = Buffer.from(JSON.stringify({ ...context.manifest, documents: [{ ...context.manifest.documents[0], name }] }))
    assert.throws(() => decodeGeneration(generationName(1, bytes), bytes), BackupDamagedError)
  }
  assert.throws(() => parseS3Url('s3://films/a/../b'), /no \. or \.\./)
})

test('a link, a pipe or a folder in the place of a piece is damage, and nothing is read through it', async ({ dir, target, piece }) => {
  const path = join(dir, objectPath(piece))
  await writeFile(join(dir, 'secret'), 'of somebody else')
  for (const put of [() => symlink(join(dir, 'secret'), path), () => symlink('/dev/zero', path), async () => { execFileSync('mkfifo', [path]) }, () => mkdir(path)]) {
    await rm(path, { recursive: true })
    await put()
    await refused(target.get(objectPath(piece), 1_000), /no plain file/)
    const sink = new FakeLibrary()
    const { damaged } = await restoreBackup({ target, sink })
    assert.deepEqual(damaged.map(({ name }) => name), ['clip.mp4'])
    assert.equal(sink.chunks.has(piece), false)
  }
})

test('files longer than anything of their kind are not read', async (context) => {
  const { dir, target, manifest, piece } = context
  await truncate(join(dir, objectPath(piece)), 1e12)
  assert.deepEqual((await verifyBackup(target)).findings.map(({ problem }) => /more than the 1048576/.test(problem)), [true])
  const huge = { ...manifest.documents[0]!, index: hex() }
  await publish(context, Buffer.from(''), { index: huge.index })
  await truncate(join(dir, indexPath(huge)), MAX_INDEX_BYTES + 1)
  await refused(restoreBackup({ target, sink: new FakeLibrary() }), /more than the/)
  const name = `99991231T235959999Z-${hex()}`
  await writeFile(join(dir, generationPath(name)), '')
  await truncate(join(dir, generationPath(name)), MAX_MANIFEST_BYTES + 1)
  await refused(readGeneration(target, name), /more than the/)
})

test('an index of very many entries that name the same piece costs one read of it', async (context) => {
  const { target, manifest, piece } = context
  const content = Array.from({ length: 200_000 }, () => piece)
  const entry = { name: 'bomb', kind: 'asset', id: 'bomb', content, sizes: content.map(() => 1_000), lists: [], listSizes: [], missing: [] } satisfies IndexEntry
  await publish(context, encodeIndex([entry]))
  const { read, findings } = await verifyBackup(target)
  assert.ok(read < 10, `${read} reads`)
  assert.ok(findings.some(({ name }) => name === 'clip.mp4'), 'and it does not tell of the asset')
  const sink = new FakeLibrary()
  await restoreBackup({ target, sink })
  assert.ok(sink.moved <= manifest.totals.objects)
})

test('an index that leaves out what the catalog needs, and a document that is none, are found', async (context) => {
  const { target, manifest } = context
  const [document] = manifest.documents
  const bytes = await target.get(indexPath(document!), MAX_INDEX_BYTES)
  const [entry] = decodeIndex(document!, bytes!)
  await publish(context, encodeIndex([{ ...entry!, content: entry!.content.slice(1), sizes: entry!.sizes.slice(1) }]))
  assert.match((await verifyBackup(target)).findings.map(({ name, problem }) => `${name} ${problem}`).join(), /clip\.mp4 it needs objects\/\S+, of which its index does not tell/)
  const nonsense = Buffer.from('this is no Yjs update')
  await target.put(objectPath(hashOf(nonsense)), nonsense)
  await publish(context, bytes!, { snapshot: hashOf(nonsense) })
  assert.match((await verifyBackup(target)).findings.map(({ problem }) => problem).join(), /not a Yjs update/)
})

test('files that are none of ours are not taken for generations or pieces', async ({ dir, target }) => {
  for (const name of ['generations/notes.json', 'generations/20261122T203000123Z-abc.json', `generations/20261122T203000123Z-${'a'.repeat(64)}.json.bak`, 'objects/ab/README', `objects/zz/${'a'.repeat(64)}`]) {
    await mkdir(dirname(join(dir, name)), { recursive: true })
    await writeFile(join(dir, name), 'mine')
  }
  assert.equal((await listGenerations(target)).length, 1)
  assert.deepEqual((await verifyBackup(target)).findings, [])
})

test('what a newer version wrote is said to be newer, not damaged', async ({ dir, target }) => {
  const marker = JSON.parse(await readFile(join(dir, MARKER_PATH), 'utf8')) as Record<string, unknown>
  await writeFile(join(dir, MARKER_PATH), JSON.stringify({ ...marker, version: FORMAT_VERSION + 1, more: true }))
  await refused(verifyBackup(target), /newer ThatDAM/)
})

test('whatever is encoded is read back the same, and any changed byte of it is refused', () => {
  for (let round = 0; round < 60; round++) {
    const lists = (): ChunkLists => {
      const many = (count: number): string[] => Array.from({ length: count }, hex)
      const [content, names] = [many(randomInt(4)), many(randomInt(3))]
      return { content, sizes: content.map(() => randomInt(2 ** 20)), lists: names, listSizes: names.map(() => randomInt(2 ** 20)) }
    }
    const text = (): string => Array.from({ length: randomInt(12) }, () => String.fromCodePoint(randomInt(1, 0xd800))).join('')
    const entries = Array.from({ length: randomInt(1, 5) }, (): IndexEntry => ({ name: text(), kind: randomInt(2) === 0 ? 'asset' : 'recording', id: text(), ...lists(), ...(randomInt(2) === 0 ? {} : { poster: lists() }), missing: [hex()] }))
    const index = encodeIndex(entries)
    const document = { name: '00', index: hashOf(index), digest: hex(), snapshot: hex(), assets: 1, recordings: 0, objects: 3, bytes: 7, missing: 0 }
    assert.deepEqual(decodeIndex(document, index), entries)
    const generation: Generation = {
      format: 'thatdam-backup', version: 1, ringId: hex(), node: text(), startedAt: text(), finishedAt: text(), previous: null, cameras: hex(), documents: [document],
      totals: { assets: 1, recordings: 0, objects: 3, bytes: 7, missing: 0, cameras: 0 }
    }
    const manifest = encodeGeneration(generation)
    const atMs = randomInt(2 ** 42)
    const name = generationName(atMs, manifest)
    assert.equal(timeOfGeneration(name), atMs)
    assert.deepEqual(decodeGeneration(name, manifest), generation)
    const change = (bytes: Uint8Array): Uint8Array => Buffer.from(bytes).fill(randomInt(256), randomInt(bytes.length))
    for (const changed of [change(index), index.subarray(1), Buffer.alloc(0)]) if (Buffer.compare(changed, index) !== 0) assert.throws(() => decodeIndex(document, changed), BackupDamagedError)
    for (const changed of [change(manifest), manifest.subarray(0, -9), Buffer.from('[')]) if (Buffer.compare(changed, manifest) !== 0) assert.throws(() => decodeGeneration(name, changed), BackupDamagedError)
    const marker = encodeMarker(generation.ringId)
    assert.equal(decodeMarker(marker).ringId, generation.ringId)
    assert.throws(() => decodeMarker(randomBytes(randomInt(200))), BackupDamagedError)
  }
})

test('a set of objects knows what was added and nothing else, and forgets rather than grows beyond its bound', () => {
  const set = new ObjectSet(5_000)
  const added = new Map(Array.from({ length: 6_000 }, () => [hex(), randomInt(2 ** 20)] as const))
  for (const [hash, size] of added) set.add(hash, size)
  assert.equal(set.count, 5_000)
  assert.equal(set.isFull, true)
  for (const [i, [hash, size]] of [...added].entries()) assert.equal(set.size(hash), i < 5_000 ? size : undefined)
  for (let i = 0; i < 1_000; i++) assert.equal(set.has(hex()), false)
})

test('restoring and verifying write nothing into the backup', async ({ dir, target }) => {
  const before = (await readdir(dir, { recursive: true })).sort()
  await restoreBackup({ target, sink: new FakeLibrary() })
  await verifyBackup(target, { samplePercent: 50 })
  assert.deepEqual((await readdir(dir, { recursive: true })).sort(), before)
})

test.run()
