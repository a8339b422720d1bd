import assert from 'node:assert/strict'
import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import { createFolders, type Folders } from '../../../../node/folders/folders.ts'
import { type CardPlaces, createCardPlaces } from '../../../../node/offload/card/card-places.ts'
import { ALDER, createLibraryRing } from '../../../support/library-ring.ts'

const test = suite<{ dir: string; folders: Folders; places: CardPlaces }>('where cards may be read')
test.before.each(async (context) => {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'thatdam-places-')))
  for (const name of ['data/tmp', 'media/A001/DCIM', 'footage/day1', 'private']) await mkdir(join(dir, name), { recursive: true })
  const { catalog } = createLibraryRing().ring
  const folders = createFolders({ catalog, self: ALDER }, { dataFolder: join(dir, 'data') })
  await folders.start()
  Object.assign(context, { dir, folders, places: createCardPlaces({ folders, cards: async () => [{ path: join(dir, 'media/A001') }] }, { dataFolder: join(dir, 'data') }) })
})
test.after.each(async ({ dir, folders }) => {
  await folders.stop()
  await rm(dir, { recursive: true })
})

test('a card that the page lists is read, and folders of it; nothing beside it', async ({ dir, places }) => {
  assert.equal(await places.check(join(dir, 'media/A001')), join(dir, 'media/A001'))
  assert.equal(await places.check(join(dir, 'media/A001/DCIM')), join(dir, 'media/A001/DCIM'))
  for (const outside of ['media', 'media/A0012', 'private', 'private/nothing']) await assert.rejects(places.check(join(dir, outside)), { code: 'ERR_REFUSED', message: /is no card that this node lists, and lies in no folder it may read/ }, outside)
})

test('a folder that an administrator added is read, until it is removed', async ({ dir, folders, places }) => {
  await assert.rejects(places.check(join(dir, 'footage/day1')), /thatdam paths add/)
  const { id } = await folders.add(join(dir, 'footage'), {})
  assert.equal(await places.check(join(dir, 'footage/day1')), join(dir, 'footage/day1'))
  await folders.remove(id)
  await assert.rejects(places.check(join(dir, 'footage/day1')), /lies in no folder/)
})

test('a link out of what may be read leads nowhere', async ({ dir, folders, places }) => {
  await folders.add(join(dir, 'footage'), {})
  await symlink(join(dir, 'private'), join(dir, 'footage/link'))
  await symlink(join(dir, 'private'), join(dir, 'media/A001/link'))
  for (const link of ['footage/link', 'media/A001/link']) await assert.rejects(places.check(join(dir, link)), /lies in no folder/, link)
  await symlink(join(dir, 'footage'), join(dir, 'shortcut'))
  assert.equal(await places.check(join(dir, 'shortcut/day1')), join(dir, 'footage/day1'))
})

test('the data of the node is no card, nor is what holds it', async ({ dir, folders }) => {
  const places = createCardPlaces({ folders, cards: async () => [{ path: dir }] }, { dataFolder: join(dir, 'data') })
  for (const own of [dir, join(dir, 'data'), join(dir, 'data/tmp')]) await assert.rejects(places.check(own), /holds the data of this node/, own)
  assert.equal(await places.check(join(dir, 'private')), join(dir, 'private'))
})

test('what is no absolute path is refused in words', async ({ places }) => {
  for (const path of ['relative', '.', '', '/media/\0x']) await assert.rejects(places.check(path), /not an absolute path/, path)
})

test.run()
