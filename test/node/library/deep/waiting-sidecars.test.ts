import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AssetId } from '#protocols/ids.ts'
import { createWaitingSidecars, MAX_WAITING_BYTES, WAIT_MS, type WaitingSidecars } from '../../../../node/library/deep/waiting-sidecars.ts'

const test = suite<{ folder: string; waiting: WaitingSidecars }>('waiting sidecars')

test.before.each(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'thatdam-waiting-'))
  context.waiting = createWaitingSidecars(context.folder)
  await context.waiting.start()
})
test.after.each(({ folder }) => rm(folder, { recursive: true }))

const CLIP = 'a'.repeat(64) as AssetId
const OTHER = 'b'.repeat(64) as AssetId
const SIDECAR = { shown: 'card/a.xml', batch: undefined }
const all = (): boolean => true

test('what waits is there in its folder, in no other, and after a restart; the newest of a name counts', async ({ folder, waiting }) => {
  for (const [path, text] of [['card/a.xml', 'old'], ['card/a.xml', 'new'], ['a.aae', 'root'], ['other/b.srt', 'b']]) await waiting.keep({ shown: path!, batch: undefined }, Buffer.from(text!))
  const again = createWaitingSidecars(folder)
  await again.start()
  const found = async (shown: string): Promise<string[]> => [...await again.beside({ shown, id: CLIP, batch: undefined }, all)].map(([name, { bytes }]) => `${name} ${bytes.toString()}`)
  assert.equal([await found('card/a.mp4'), await found('a.heic'), await found('nowhere/a.mp4')], [['a.xml new'], ['a.aae root'], []])
  assert.is((await again.beside({ shown: 'card/a.mp4', id: CLIP, batch: undefined }, () => false)).size, 0)
})

test('what was put beside one clip waits for others of its name, not for another clip of the same path, also after a restart, unless it is sent again', async ({ folder, waiting }) => {
  await waiting.keep(SIDECAR, Buffer.from('first'))
  await waiting.beside({ shown: 'card/a.mp4', id: CLIP, batch: undefined }, all)
  const again = createWaitingSidecars(folder)
  await again.start()
  const number = async (shown: string, id: AssetId): Promise<number> => (await again.beside({ shown, id, batch: undefined }, all)).size
  assert.equal([await number('card/a.mp4', OTHER), await number('card/a.mp4', CLIP), await number('card/a.mov', OTHER)], [0, 1, 1])
  await again.taken(SIDECAR, [])
  assert.is(await number('card/a.mp4', OTHER), 1)
  await again.keep(SIDECAR, Buffer.from('second'))
  assert.is(await number('card/a.mp4', CLIP), 1)
})

test('of one path each import has one that waits, also after a restart; footage gets its own, and else the newest', async ({ folder, waiting }) => {
  const long = `../${'x'.repeat(300)}`
  for (const [batch, text] of [['one', 'first'], [long, 'second'], ['two', 'third']] as const) assert.is(await waiting.keep({ shown: 'card/a.xml', batch }, Buffer.from(text)), 'kept')
  const again = createWaitingSidecars(folder)
  await again.start()
  const found = async (id: AssetId, batch: string): Promise<unknown[]> => [...await again.beside({ shown: 'card/a.mp4', id, batch }, all)].map(([name, one]) => [name, one.bytes.toString(), one.batch === batch])
  assert.equal(await found(CLIP, long), [['a.xml', 'second', true]])
  assert.equal(await found(OTHER, 'one'), [['a.xml', 'first', true]])
  assert.equal(await found('c'.repeat(64) as AssetId, 'three'), [['a.xml', 'third', false]])
  assert.equal(await found('d'.repeat(64) as AssetId, 'three'), [], 'all have footage')
  assert.equal((await readdir(join(folder, '..'))).filter((name) => name.startsWith('xxx')), [])
})

test('one that takes the place of another of its path and import is told, unless that was put beside footage or says the same', async ({ waiting }) => {
  const keep = (text: string): Promise<string> => waiting.keep({ shown: 'card/a.xml', batch: 'one' }, Buffer.from(text))
  assert.equal([await keep('a'), await keep('a'), await keep('b')], ['kept', 'kept', 'replaced'])
  await waiting.beside({ shown: 'card/a.mp4', id: CLIP, batch: 'one' }, all)
  assert.is(await keep('c'), 'kept')
})

test('what waited for thirty days is forgotten, and there is an end to how much waits', async ({ folder, waiting }) => {
  await waiting.keep(SIDECAR, Buffer.from('a'))
  const [path] = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.xml'))
  const long = (Date.now() - WAIT_MS) / 1_000 - 60
  await utimes(join(folder, path!), long, long)
  await createWaitingSidecars(folder).start()
  assert.is((await waiting.beside({ shown: 'card/a.mp4', id: CLIP, batch: undefined }, all)).size, 0)
  assert.is(await waiting.keep({ shown: 'card/b.xml', batch: undefined }, { byteLength: MAX_WAITING_BYTES + 1 } as Uint8Array), 'no room')
  assert.is(await waiting.keep({ shown: `card/${'n'.repeat(250)}.xml`, batch: undefined }, Buffer.from('a')), 'no room', 'a name no file system takes')
})

test.run()
