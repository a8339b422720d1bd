import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createWaitingSidecars, MAX_WAITING_BYTES, WAIT_MS, type WaitingSidecars } from '../../../../node/library/deep/waiting-sidecars.ts'

const test = suite<{ folder: string; waiting: WaitingSidecars }>('waiting sidecars')

test.before.each(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'thatdam-waiting-'))
  context.waiting = createWaitingSidecars(context.folder)
  await context.waiting.start()
})
test.after.each(({ folder }) => rm(folder, { recursive: true }))

const all = (): boolean => true

test('what waits is there in its folder, in no other, and after a restart; the newest of a name counts', async ({ folder, waiting }) => {
  for (const [path, text] of [['card/a.xml', 'old'], ['card/a.xml', 'new'], ['a.aae', 'root'], ['other/b.srt', 'b']]) assert.ok(await waiting.keep(path!, Buffer.from(text!)))
  const again = createWaitingSidecars(folder)
  await again.start()
  const found = async (shown: string): Promise<string[]> => [...await again.beside(shown, all)].map(([name, bytes]) => `${name} ${bytes.toString()}`)
  assert.equal([await found('card/a.mp4'), await found('a.heic'), await found('nowhere/a.mp4')], [['a.xml new'], ['a.aae root'], []])
  assert.is((await again.beside('card/a.mp4', () => false)).size, 0)
})

test('what waited for thirty days is forgotten, and there is an end to how much waits', async ({ folder, waiting }) => {
  await waiting.keep('card/a.xml', Buffer.from('a'))
  const [path] = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.xml'))
  const long = (Date.now() - WAIT_MS) / 1_000 - 60
  await utimes(join(folder, path!), long, long)
  await createWaitingSidecars(folder).start()
  assert.is((await waiting.beside('card/a.mp4', all)).size, 0)
  assert.not.ok(await waiting.keep('card/b.xml', { byteLength: MAX_WAITING_BYTES + 1 } as Uint8Array))
  assert.not.ok(await waiting.keep(`card/${'n'.repeat(250)}.xml`, Buffer.from('a')), 'a name no file system takes')
})

test.run()
