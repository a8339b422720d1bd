import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import { DataFolderLockedError, InvalidInputError } from '#protocols/errors.ts'
import { IDENTITY_FILE, openDataFolder, type Identity } from '../../../ring/identity/data-folder.ts'
import { publicKeyOf, ringIdOf } from '../../../ring/identity/ring-key.ts'

const test = suite<{ dir: string }>('the data folder')

test.before.each(async (context) => { context.dir = await mkdtemp(join(tmpdir(), 'thatdam-folder-')) })
test.after.each(async ({ dir }) => rm(dir, { recursive: true }))

function newIdentity(): Identity {
  const ringSeed = randomBytes(32)
  return { name: 'alder', zone: 'attic', weight: 2, hostSeed: randomBytes(32), ringSeed, ringId: ringIdOf(publicKeyOf(ringSeed)), ports: [4001] }
}

/** A process of its own that holds the folder until it is killed. */
async function holder(dir: string): Promise<ReturnType<typeof fork>> {
  const child = fork(new URL('./hold-folder.ts', import.meta.url), [dir], { stdio: 'ignore' })
  const [message] = await once(child, 'message')
  assert.equal(message, 'held')
  return child
}

test('is made when it is not there, for its owner only', async ({ dir }) => {
  const folder = await openDataFolder(join(dir, 'new', 'node'))
  try {
    assert.equal((await stat(folder.path)).mode & 0o777, 0o700)
    assert.equal(folder.identity(), undefined)
  } finally {
    await folder.release()
  }
})

test('remembers who we are, readable by its owner only', async ({ dir }) => {
  const identity = newIdentity()
  const folder = await openDataFolder(dir)
  await folder.save(identity)
  await folder.release()
  assert.equal((await stat(join(dir, IDENTITY_FILE))).mode & 0o777, 0o600)
  const again = await openDataFolder(dir)
  const read = again.identity()
  await again.release()
  assert.deepEqual({ ...read, hostSeed: Buffer.from(read?.hostSeed ?? []), ringSeed: Buffer.from(read?.ringSeed ?? []) }, identity)
})

test('is refused to a second user of the same process, until the first is done', async ({ dir }) => {
  const folder = await openDataFolder(dir)
  await assert.rejects(openDataFolder(dir), (err) => err instanceof DataFolderLockedError && err.message.includes(dir))
  await folder.release()
  await (await openDataFolder(dir)).release()
  assert.deepEqual(await readdir(dir), [])
})

test('of ten that come in the same moment at most one gets it', async ({ dir }) => {
  const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => openDataFolder(dir)))
  const held = outcomes.filter((outcome) => outcome.status === 'fulfilled')
  assert.ok(held.length <= 1, `${held.length} hold it`)
  for (const outcome of outcomes) if (outcome.status === 'rejected') assert.ok(outcome.reason instanceof DataFolderLockedError, `${outcome.reason}`)
  for (const { value } of held) await value.release()
})

test('is free again as soon as the process that held it was killed', async ({ dir }) => {
  const child = await holder(dir)
  await assert.rejects(openDataFolder(dir), DataFolderLockedError)
  child.kill('SIGKILL')
  await once(child, 'exit')
  await (await openDataFolder(dir)).release()
  assert.deepEqual(await readdir(dir), [])
})

test('may have a long path', async ({ dir }) => {
  const deep = join(dir, ...Array.from({ length: 6 }, () => 'a-folder-with-a-long-name'))
  const folder = await openDataFolder(deep)
  await assert.rejects(openDataFolder(deep), DataFolderLockedError)
  await folder.release()
})

for (const [what, damage] of Object.entries({
  'is not JSON': () => '{',
  'is of a later version': (json: string) => json.replace('"version": 1', '"version": 2'),
  'lost a field': (json: string) => json.replace('"zone"', '"zune"'),
  'has the key of another ring': (json: string) => json.replace(/"ringId": "../, '"ringId": "zz'),
  'has a cut key': (json: string) => json.replace(/"hostSeed": "../, '"hostSeed": "')
})) {
  test(`whose identity ${what} is refused with the file's name, and is not left locked`, async ({ dir }) => {
    const folder = await openDataFolder(dir)
    await folder.save(newIdentity())
    await folder.release()
    const file = join(dir, IDENTITY_FILE)
    await writeFile(file, damage(await readFile(file, 'utf8')))
    for (let attempt = 0; attempt < 2; attempt++) {
      await assert.rejects(openDataFolder(dir), (err) => err instanceof InvalidInputError && err.message.includes(file))
    }
  })
}

test('at the path of a file, or in one, is refused with what to do', async ({ dir }) => {
  await writeFile(join(dir, 'file'), '')
  await assert.rejects(openDataFolder(join(dir, 'file')), (err) => err instanceof InvalidInputError && /cannot use .*: it is a file; name a folder/.test(err.message))
  await assert.rejects(openDataFolder(join(dir, 'file', 'in it')), (err) => err instanceof InvalidInputError && /what it should lie in is a file/.test(err.message))
})

test.run()
