import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { suite } from 'uvu'
import { StorageFullError } from '#protocols/errors.ts'
import type { DiskView } from '#ring'
import { createSpool, type Spool } from '../../../node/library/spool.ts'

interface Context { dir: string; spool: Spool; disk: DiskView }
const test = suite<Context>('spool of uploads')
const MB = 1_000_000

test.before.each(async (context) => {
  context.dir = mkdtempSync(join(tmpdir(), 'thatdam-spool-'))
  context.disk = { state: 'ok', acceptsWrites: true, freeBytes: 600 * MB, reserveBytes: 500 * MB }
  context.spool = createSpool({ folder: join(context.dir, 'tmp'), disk: () => context.disk, advice: () => 'Go to birch.' })
  await context.spool.start()
})
test.after.each(({ dir }) => rmSync(dir, { recursive: true, force: true }))

const left = ({ dir }: Context): string[] => readdirSync(join(dir, 'tmp'))
const isRefusal = (words: RegExp) => (err: Error): boolean => err instanceof StorageFullError && err.status === 507 && words.test(err.message)

test('an upload is there while it is looked at, and gone afterwards', async (context) => {
  await context.spool.with(Readable.from([Buffer.from('abc')]), async (path) => assert.ok(existsSync(path)))
  assert.deepEqual(left(context), [])
})

test('one that does not fit beside the reserve is refused before a byte of it is written', async (context) => {
  const source = Readable.from([Buffer.from('abc')])
  await assert.rejects(context.spool.with(source, async () => {}, { size: 101 * MB }), isRefusal(/no room for 101000000 bytes: the upload was not kept\. Go to birch\./))
  assert.equal(source.destroyed, false, 'whoever sends it can be answered')
  await context.spool.with(source, async () => {}, { size: 99 * MB })
})

test('one of unknown size stops when the disk is full by then, and nothing is left of it', async (context) => {
  async function* endless(): AsyncGenerator<Buffer> {
    for (let i = 0; ; i++) {
      if (i === 20) context.disk = { ...context.disk, state: 'full', acceptsWrites: false, freeBytes: 400 * MB }
      yield Buffer.alloc(1_000)
    }
  }
  await assert.rejects(context.spool.with(Readable.from(endless()), async () => {}), isRefusal(/the disk of this node is full/))
  assert.deepEqual(left(context), [])
})

test('a read-only and a failing disk take none, a slow one does', async (context) => {
  for (const state of ['read-only', 'failing'] as const) {
    context.disk = { ...context.disk, state, acceptsWrites: false }
    await assert.rejects(context.spool.with(Readable.from([]), async () => {}), isRefusal(new RegExp(`disk of this node is ${state}`)))
  }
  context.disk = { ...context.disk, state: 'slow', acceptsWrites: false }
  assert.equal(await context.spool.with(Readable.from([]), async () => 7), 7)
})

test.run()
