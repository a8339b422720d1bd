import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdir, readdir, readFile, rename, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import { CardGoneError } from '../../../node/offload/card/card-slot.ts'
import { JOURNAL } from '../../../node/offload/targets/copy-journal.ts'
import { createDigester, type Digester } from '../../../node/offload/copy/digester.ts'
import { openFolderTarget } from '../../../node/offload/targets/folder-target.ts'
import type { HashFormat } from '../../../node/offload/mhl/hash-formats.ts'
import { verifyMhl } from '../../../node/offload/mhl/mhl-folder.ts'
import { lookAtCard, offload, type OffloadOutcome } from '../../../node/offload/offload.ts'
import { type Card, createCard, misread } from '../../support/card.ts'

const test = suite<{ card: Card; digester: Digester; to: string[] }>('a card to folders')
test.before.each(async (context) => {
  context.card = await createCard()
  context.digester = createDigester()
  context.to = ['one', 'two'].map((name) => join(context.card.dir, name))
  for (const folder of context.to) await mkdir(folder)
})
test.after.each(async ({ card, digester }) => {
  await digester.stop()
  await card.remove()
})

const about = { hostname: 'cart', tool: { name: 'ThatDAM', version: '0' }, process: 'transfer', formats: ['xxh128', 'md5', 'c4'] } as const

async function run({ card, digester, to, onCopied, name = 'A001', twice = true }: { card: Card; digester: Digester; to: string[]; onCopied?: (file: { path: string }) => Promise<void>; name?: string; twice?: boolean }): Promise<OffloadOutcome & { roots: string[] }> {
  const content = await lookAtCard(card.root)
  const targets = await Promise.all(to.map((folder) => openFolderTarget(content, { ...about, folder, name, digester })))
  const outcome = await offload(content, { card: card.root, targets, formats: about.formats, readTwice: twice }, { digester, signal: new AbortController().signal, turn: async () => {}, onProgress() {}, ...(onCopied && { onCopied }) })
  return { ...outcome, roots: targets.map(({ root }) => root) }
}

async function same(card: Card, root: string): Promise<void> {
  for (const [path, bytes] of card.files) {
    assert.ok((await readFile(join(root, path))).equals(bytes), path)
    assert.equal((await stat(join(root, path))).mtimeMs, (await stat(join(card.root, path))).mtimeMs, path)
  }
  assert.equal((await readdir(root, { recursive: true })).filter((name) => name.includes('tmp') || name.endsWith(JOURNAL)).length, 0)
}

test('every copy is the card byte for byte, with its times and empty folders, and its history verifies', async ({ card, digester, to }) => {
  const { copied, failures, sourceVerified, roots } = await run({ card, digester, to })
  assert.deepEqual([copied, failures, sourceVerified.size], [card.files.size, [], card.files.size])
  for (const root of roots) {
    await same(card, root)
    assert.ok((await stat(join(root, 'PRIVATE/M4ROOT/SUB'))).isDirectory())
    const found = await verifyMhl(root, { folders: true }, { digester })
    assert.deepEqual([found.failed, found.missing, found.unknown, found.folders], [[], [], [], []])
  }
})

test('a card that goes on: only its new files are read, and a second generation tells of them', async ({ card, digester, to }) => {
  await run({ card, digester, to })
  await card.write('PRIVATE/M4ROOT/CLIP/C0002.MP4', Buffer.from('the second clip'))
  const { copied, skipped, roots } = await run({ card, digester, to })
  assert.deepEqual([copied, skipped], [1, card.files.size - 1])
  for (const root of roots) {
    await same(card, root)
    assert.equal((await verifyMhl(root, {}, { digester })).generations, 2)
  }
})

test('another card of the same name, with files of the same names, gets a folder of its own', async ({ card, digester, to }) => {
  await run({ card, digester, to })
  const other = await createCard()
  try {
    await utimes(join(other.root, 'PRIVATE/M4ROOT/CLIP/C0001.MP4'), 1_600_000_000, 1_600_000_000)
    const { copied, roots } = await run({ card: other, digester, to })
    assert.equal(copied, other.files.size)
    assert.deepEqual(roots, to.map((folder) => join(folder, 'A001-2')))
    await same(card, join(to[0]!, 'A001'))
  } finally {
    await other.remove()
  }
})

test('a card that is pulled in the middle: said so, and when it is back nothing is read twice that was copied', async ({ card, digester, to }) => {
  let copied = 0
  const pull = async (): Promise<void> => { if (++copied === 3) await rename(card.root, join(card.dir, 'pulled')) }
  await assert.rejects(run({ card, digester, to, onCopied: pull }), (err) => err instanceof CardGoneError && /put it back/.test(err.message))
  await rename(join(card.dir, 'pulled'), card.root)
  const again = await run({ card, digester, to })
  assert.ok(again.skipped >= 3, `${again.skipped} skipped`)
  assert.deepEqual([again.copied + again.skipped, again.failures], [card.files.size, []])
  for (const root of again.roots) {
    await same(card, root)
    assert.equal((await verifyMhl(root, {}, { digester })).generations, 1)
  }
})

test('a card that is pulled while the ring looks at a file of it is said to be gone, not that a file is', async ({ card, digester, to }) => {
  const pull = async (): Promise<void> => {
    await rename(card.root, join(card.dir, 'pulled'))
    throw Object.assign(new Error(`ENOENT: no such file or directory, open '${card.root}/x'`), { code: 'ENOENT', syscall: 'open' })
  }
  await assert.rejects(run({ card, digester, to, onCopied: pull }), (err) => err instanceof CardGoneError && /put it back/.test(err.message))
})

test('a copy that is not what was written is found when it is read back, given up, and copied anew by the next run', async ({ card, digester, to }) => {
  const clip = 'PRIVATE/M4ROOT/CLIP/C0001.MP4'
  const content = await lookAtCard(card.root)
  const target = await openFolderTarget(content, { ...about, folder: to[0]!, name: 'A001', digester })
  const work = { digester, signal: new AbortController().signal, turn: async () => {}, onProgress() {} }
  const readBack = target.readBack!.bind(target)
  target.readBack = async (file, signal) => {
    if (file.path === clip) await truncate(join(target.root, clip), 5)
    return readBack(file, signal)
  }
  const first = await offload(content, { card: card.root, targets: [target], formats: about.formats, readTwice: false }, work)
  assert.deepEqual(first.failures.map(({ path }) => path), [clip])
  const next = await run({ card, digester, to: to.slice(0, 1) })
  assert.deepEqual([next.copied, next.failures], [1, []])
  await same(card, next.roots[0]!)
})

test('an offload that goes on with other hashes reads back by those that it finds, and attests nothing before', async ({ card, digester, to }) => {
  const content = await lookAtCard(card.root)
  const leaving = new AbortController()
  const work = { digester, signal: leaving.signal, turn: async () => {}, onProgress() {} }
  const open = (formats: readonly HashFormat[]) => openFolderTarget(content, { ...about, formats, folder: to[0]!, name: 'A001', digester })
  const first = await open(['md5'])
  first.readBack = async (_file, signal) => {
    leaving.abort(new Error('cancelled'))
    signal.throwIfAborted()
    return true
  }
  await assert.rejects(offload(content, { card: card.root, targets: [first], formats: ['md5'], readTwice: false }, work), /cancelled/)
  const next = await open(['xxh128'])
  assert.deepEqual((await next.seal(content)).generations, [], 'nothing was read back')
  const { copied, failures, generations } = await offload(content, { card: card.root, targets: [next], formats: ['xxh128'], readTwice: false }, { ...work, signal: new AbortController().signal })
  assert.deepEqual([copied, failures, generations[0]?.names.length], [0, [], 1])
  assert.equal(next.ways.direct + next.ways.cached, card.files.size)
  await same(card, next.root)
  assert.deepEqual((await verifyMhl(next.root, {}, { digester })).unknown, [])
})

test('a file of the same name that is another is not overwritten', async ({ card, digester, to }) => {
  await run({ card, digester, to })
  const mine = join(to[0]!, 'A001/NOTES.TXT')
  await writeFile(mine, 'mine')
  await card.write('NOTES.TXT', Buffer.from('of the camera'))
  const { lost, roots } = await run({ card, digester, to })
  assert.match(lost.map(({ target, reason }) => `${target} ${reason}`).join(), /^\/.*one\/A001 .*is another file: it is not overwritten/)
  assert.equal(await readFile(mine, 'utf8'), 'mine')
  await same(card, roots[1]!)
})

test('a file whose two readings differ is in no history and not taken for copied, also after a restart, until two readings agree', async ({ card, digester, to }) => {
  const clip = 'PRIVATE/M4ROOT/CLIP/C0001.MP4'
  const onCopied = async ({ path }: { path: string }): Promise<void> => { if (path === clip) await misread(card, clip) }
  for (const attempt of ['first', 'second']) {
    const { failures, roots } = await run({ card, digester, to, onCopied, twice: attempt === 'first' })
    assert.deepEqual(failures.map(({ path }) => path), [clip], attempt)
    for (const root of roots) assert.deepEqual((await verifyMhl(root, {}, { digester })).unknown.filter((path) => path !== JOURNAL), [clip])
  }
  const { copied, failures, roots, sourceVerified } = await run({ card, digester, to, twice: false })
  assert.deepEqual([copied, failures, roots, [...sourceVerified]], [1, [], to.map((folder) => join(folder, 'A001')), [clip]])
  for (const root of roots) assert.deepEqual(await readFile(join(root, clip)), await readFile(join(card.root, clip)))
})

test('what its own history says otherwise is read anew each time, and told each time', async ({ card, digester, to }) => {
  await run({ card, digester, to: to.slice(0, 1) })
  const copy = { ...card, root: join(to[0]!, 'A001') }
  await appendFile(join(copy.root, 'PRIVATE/M4ROOT/MEDIAPRO.XML'), 'x')
  for (const _ of [1, 2]) assert.equal((await run({ card: copy, digester, to: to.slice(1), name: 'B' })).failures.length, 1)
})

test('a card that was copied and not read twice to its end is read twice by the next run', async ({ card, digester, to }) => {
  await run({ card, digester, to, twice: false })
  const { copied, sourceVerified } = await run({ card, digester, to })
  assert.deepEqual([copied, sourceVerified.size], [0, card.files.size])
})

test('a disk without room is said before anything is read, with how much there is', async ({ card, digester, to }) => {
  const content = await lookAtCard(card.root)
  const target = await openFolderTarget(content, { ...about, folder: to[0]!, name: 'A001', digester })
  target.room = async () => ({ disk: 'small', freeBytes: 2_000_000 })
  await assert.rejects(offload(content, { card: card.root, targets: [target], formats: about.formats, readTwice: false }, { digester, signal: new AbortController().signal, turn: async () => {}, onProgress() {} }), /A001: 2\.53 MB are to be copied there, and 2\.00 MB are free\. Free some space/)
  assert.deepEqual(await readdir(target.root), [])
})

for (const [code, words] of [['ENOSPC', /no room left: free some space/], ['EIO', /gives an error \(EIO\)/]] as const) {
  test(`a disk that fails in the middle (${code}) is left out and said in words, and the other gets all of the card`, async ({ card, digester, to }) => {
    const content = await lookAtCard(card.root)
    const targets = await Promise.all(to.map((folder) => openFolderTarget(content, { ...about, folder, name: 'A001', digester })))
    const [bad, good] = targets as [typeof targets[0], typeof targets[0]]
    const begin = bad.begin.bind(bad)
    let written = 0
    bad.begin = async (file) => ({ ...await begin(file), async write() { if (++written > 2) throw Object.assign(new Error(`${code}: a word of the system, write`), { code }) } })
    const outcome = await offload(content, { card: card.root, targets, formats: about.formats, readTwice: true }, { digester, signal: new AbortController().signal, turn: async () => {}, onProgress() {} })
    assert.deepEqual([outcome.lost.map(({ target }) => target), outcome.failures], [[bad.root], []])
    assert.match(outcome.lost[0]?.reason ?? '', words)
    await same(card, good.root)
    assert.equal((await verifyMhl(good.root, {}, { digester })).generations, 1)
    assert.deepEqual((await readdir(bad.root, { recursive: true })).filter((name) => name.includes('thatdam-tmp')), [])
  })
}

test('what the card\'s own history says otherwise is told as failed', async ({ card, digester, to }) => {
  await run({ card, digester, to })
  const copy = join(to[0]!, 'A001')
  await appendFile(join(copy, 'PRIVATE/M4ROOT/MEDIAPRO.XML'), 'x')
  const next = await run({ card: { ...card, root: copy }, digester, to: to.slice(1), name: 'B' })
  assert.deepEqual(next.failures.map(({ path }) => path), ['PRIVATE/M4ROOT/MEDIAPRO.XML'])
})

const STRACE = spawnSync('strace', ['-f', '-o', '/dev/null', '-e', 'inject=read:delay_enter=1', 'true']).status === 0

if (STRACE) {
  test('a sector that can not be read: its file is named, all others are copied, and the exit code says so', async ({ card, to }) => {
    const bad = join(card.root, 'PRIVATE/M4ROOT/CLIP/C0001.MP4')
    const child = spawn('strace', ['-f', '-qq', '-o', '/dev/null', '-P', bad, '-e', 'trace=pread64,read', '-e', 'inject=pread64,read:error=EIO', process.execPath, join(import.meta.dirname, '../../../node/bin/thatdam.js'), 'offload', card.root, '--to', to[0]!, '--no-ring', '--json'], { stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => { said += bytes })
    const [code] = await once(child, 'close')
    assert.equal(code, 1, said)
    assert.match(said, /C0001\.MP4: the card gives a read error/)
    for (const [path, bytes] of card.files) if (!path.endsWith('C0001.MP4')) assert.ok((await readFile(join(to[0]!, 'A001', path))).equals(bytes), path)
    await assert.rejects(stat(join(to[0]!, 'A001/PRIVATE/M4ROOT/CLIP/C0001.MP4')), { code: 'ENOENT' })
    await rm(join(to[0]!, 'A001'), { recursive: true })
  })
} else {
  test.skip('an unreadable sector needs strace', () => {})
}

test.run()
