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
const all = (): boolean => true

test('what waits is there in its folder, in no other, and after a restart; the newest of a name counts', async ({ folder, waiting }) => {
  for (const [path, text] of [['card/a.xml', 'old'], ['card/a.xml', 'new'], ['a.aae', 'root'], ['other/b.srt', 'b']]) assert.ok(await waiting.keep(path!, Buffer.from(text!)))
  const again = createWaitingSidecars(folder)
  await again.start()
  const found = async (shown: string): Promise<string[]> => [...await again.beside({ shown, id: CLIP }, all)].map(([name, bytes]) => `${name} ${bytes.toString()}`)
  assert.equal([await found('card/a.mp4'), await found('a.heic'), await found('nowhere/a.mp4')], [['a.xml new'], ['a.aae root'], []])
  assert.is((await again.beside({ shown: 'card/a.mp4', id: CLIP }, () => false)).size, 0)
})

test('what was put beside one clip waits for others of its name, not for another clip of the same path, also after a restart, unless it is sent again', async ({ folder, waiting }) => {
  await waiting.keep('card/a.xml', Buffer.from('first'))
  await waiting.beside({ shown: 'card/a.mp4', id: CLIP }, all)
  const again = createWaitingSidecars(folder)
  await again.start()
  const number = async (shown: string, id: AssetId): Promise<number> => (await again.beside({ shown, id }, all)).size
  assert.equal([await number('card/a.mp4', OTHER), await number('card/a.mp4', CLIP), await number('card/a.mov', OTHER)], [0, 1, 1])
  await again.taken('card/a.xml', [])
  assert.is(await number('card/a.mp4', OTHER), 1)
  await again.keep('card/a.xml', Buffer.from('second'))
  assert.is(await number('card/a.mp4', CLIP), 1)
})

test('what waited for thirty days is forgotten, and there is an end to how much waits', async ({ folder, waiting }) => {
  await waiting.keep('card/a.xml', Buffer.from('a'))
  const [path] = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.xml'))
  const long = (Date.now() - WAIT_MS) / 1_000 - 60
  await utimes(join(folder, path!), long, long)
  await createWaitingSidecars(folder).start()
  assert.is((await waiting.beside({ shown: 'card/a.mp4', id: CLIP }, all)).size, 0)
  assert.not.ok(await waiting.keep('card/b.xml', { byteLength: MAX_WAITING_BYTES + 1 } as Uint8Array))
  assert.not.ok(await waiting.keep(`card/${'n'.repeat(250)}.xml`, Buffer.from('a')), 'a name no file system takes')
})

test.run()
