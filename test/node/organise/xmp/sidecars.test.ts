import { lstat, mkdir, mkdtemp, readFile, realpath, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AssetId, PeerId } from '#protocols/ids.ts'
import type { Asset, PatchOf } from '#ring'
import type { Folder } from '../../../../node/folders/folder.ts'
import { isWithin } from '../../../../node/library/within.ts'
import type { Series } from '../../../../node/organise/edits.ts'
import { writeWhole } from '../../../../node/organise/xmp/sidecar-files.ts'
import { createSidecars, type Sidecars } from '../../../../node/organise/xmp/sidecars.ts'
import { NO_MARKS } from '../../../../ring/catalog/asset-marks.ts'

interface Context { dir: string; folders: string[]; sidecars: Sidecars; step: Pick<Series, 'assets'>; edits: number; found: Record<string, string>; asset: (path: string, node?: string) => Promise<Asset> }
const test = suite<Context>('sidecars beside originals')

test.before.each(async (context) => {
  context.dir = await realpath(await mkdtemp(join(tmpdir(), 'thatdam-xmp-')))
  await mkdir(join(context.dir, 'media', 'day1'), { recursive: true })
  await writeFile(join(context.dir, 'media/day1/a.mp4'), 'clip')
  context.folders = [join(context.dir, 'media')]
  context.edits = 0
  context.found = {}
  context.asset = async (path, node = 'alder') => ({ facts: { id: 'a'.repeat(64) as AssetId, name: 'a.mp4', size: 4 }, title: 'Harbour', notes: '', rating: 0, tags: [], marks: NO_MARKS, fields: {}, found: context.found, locations: [{ node: node as PeerId, path }] }) as unknown as Asset
  const allowing = (path: string): Folder | undefined => context.folders.filter((folder) => isWithin(path, folder)).map((folder) => ({ path: folder }) as Folder)[0]
  const asset = { title: '', notes: '', rating: 0, tags: [], marks: NO_MARKS, fields: {} } as unknown as Asset
  const editAssets = async (ids: readonly AssetId[], patch: PatchOf): Promise<unknown> => { Object.assign(context.found, (typeof patch === 'function' ? patch(asset) : patch)?.found); return { changed: ids } }
  const assets = async (ids: readonly AssetId[], patch: PatchOf): Promise<unknown> => { context.edits++; return editAssets(ids, patch) }
  context.step = { assets } as never
  context.sidecars = createSidecars({ catalog: { editAssets } as never, waiting: { beside: async () => new Map() }, self: 'alder' as PeerId, folders: { allowing } })
})
test.after.each(({ dir }) => rm(dir, { recursive: true }))

test('a sidecar is written beside an original in a folder the node may read, and read again', async (context) => {
  const asset = await context.asset(join(context.dir, 'media/day1/a.mp4'))
  assert.is((await context.sidecars.write(asset)).outcome, 'written')
  assert.match(await readFile(join(context.dir, 'media/day1/a.mp4.xmp'), 'utf8'), /Harbour/)
  assert.equal([(await context.sidecars.write(asset)).outcome, (await context.sidecars.read(asset, true, context.step)).outcome, context.edits], ['unchanged', 'written', 1])
})

test('what another program wrote into a sidecar is not written over before it was read', async (context) => {
  const path = join(context.dir, 'media/day1/a.mp4')
  const asset = await context.asset(path)
  assert.is((await context.sidecars.write(asset)).outcome, 'written')
  const theirs = (await readFile(`${path}.xmp`, 'utf8')).replace('Harbour', 'From Lightroom')
  await writeFile(`${path}.xmp`, theirs)
  const { outcome, reason } = await context.sidecars.write(asset)
  assert.is(outcome, 'failed')
  assert.match(reason ?? '', /a\.mp4\.xmp was changed by another program.*read the sidecars first/)
  assert.is(await readFile(`${path}.xmp`, 'utf8'), theirs)
  await context.sidecars.read(asset, false, context.step)
  assert.is((await context.sidecars.write(asset)).outcome, 'written')
})

test('a sidecar goes beside an original whose name is as long as names may be', async (context) => {
  const path = join(context.dir, 'media', `${'a'.repeat(255 - '.mp4.xmp'.length)}.mp4`)
  await writeFile(path, 'clip')
  const { outcome, reason } = await context.sidecars.write(await context.asset(path))
  assert.equal([outcome, reason], ['written', null])
  assert.match(await readFile(`${path}.xmp`, 'utf8'), /Harbour/)
})

test('of a folder that was removed, of another node and of a path that somebody only claims, nothing is opened or written', async (context) => {
  const path = join(context.dir, 'media/day1/a.mp4')
  await writeFile(`${path}.xmp`, 'left alone')
  for (const asset of [await context.asset(path, 'birch'), await context.asset('media/day1/a.mp4')]) assert.is((await context.sidecars.read(asset, true, context.step)).outcome, 'elsewhere')
  context.folders = []
  const asset = await context.asset(path)
  assert.equal([(await context.sidecars.write(asset)).outcome, (await context.sidecars.read(asset, true, context.step)).outcome], ['elsewhere', 'elsewhere'])
  assert.equal([await readFile(`${path}.xmp`, 'utf8'), context.edits], ['left alone', 0])
})

test('a link on the way leads nowhere: not to the original, not to its sidecar, not to where that is written', async (context) => {
  const media = join(context.dir, 'media')
  await rename(join(media, 'day1'), join(context.dir, 'elsewhere'))
  await symlink(join(context.dir, 'elsewhere'), join(media, 'day1'))
  const path = join(media, 'day1/a.mp4')
  assert.is((await context.sidecars.write(await context.asset(path))).outcome, 'elsewhere')
  const failure = await writeWhole({ path: `${path}.xmp`, within: media }, 'text').then(() => undefined, (err: Error) => err)
  assert.match(failure?.message ?? '', /leads out of/)
  assert.is(await stat(join(context.dir, 'elsewhere/a.mp4.xmp')).catch(() => undefined), undefined)
  await writeFile(join(context.dir, 'secret'), 'secret')
  await writeFile(join(media, 'b.mp4'), 'clip')
  await symlink(join(context.dir, 'secret'), join(media, 'b.mp4.xmp'))
  const asset = await context.asset(join(media, 'b.mp4'))
  assert.equal([(await context.sidecars.read(asset, true, context.step)).outcome, (await context.sidecars.write(asset)).outcome], ['unchanged', 'failed'])
  assert.ok((await lstat(join(media, 'b.mp4.xmp'))).isSymbolicLink())
  assert.is(await readFile(join(context.dir, 'secret'), 'utf8'), 'secret')
})

test.run()
