import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { AssetId, PeerId } from '#protocols/ids.ts'
import type { Asset } from '#ring'
import { TrashKeeper } from '../../../ring/garbage/trash-keeper.ts'
import { TrashSights } from '../../../ring/garbage/trash-sights.ts'

const test = suite('trash keeper')
const ALDER = 'alder' as PeerId
const DAY = 86_400_000
let folder: string
test.before.each(async () => { folder = await mkdtemp(join(tmpdir(), 'thatdam-trash-')) })
test.after.each(async () => { await rm(folder, { recursive: true }) })

const deleted = (letter: string, deletedAtMs = 5.25): Asset => ({ facts: { id: letter.repeat(64) as AssetId }, deletedAtMs }) as Asset

/** A node whose trash is what the test says; `keeper` is begun anew each time it is asked for. */
class World {
  trash: Asset[] = []
  unindexed = 0

  get keeper(): TrashKeeper {
    return new TrashKeeper({
      self: ALDER, membership: { isAlive: () => true }, placement: { ranking: () => [ALDER] }, sights: new TrashSights(folder),
      catalog: {
        index: { trash: () => ({ total: this.trash.length, bytes: 0, assets: this.trash, cursor: undefined }) }, unindexed: () => this.unindexed, trashDays: () => 30,
        purgeTrash: async (some) => some.length, unstripped: async function* () {}, strip: async () => {}
      }
    })
  }

  purged(passedMs: number): Promise<number> { return this.keeper.tidy({ nowMs: Date.now(), passedMs }, new AbortController().signal) }
}

test('days are counted from when a deletion was seen first, over starts, for each by itself', async () => {
  const world = new World()
  world.trash = [deleted('a')]
  await world.keeper.see(DAY)
  world.trash = [deleted('a'), deleted('b')]
  await world.keeper.see(11 * DAY)
  assert.deepEqual([await world.purged(31 * DAY - 1), await world.purged(31 * DAY), await world.purged(41 * DAY)], [0, 1, 2])
})

test('one that was restored, and deleted again, has all its days again', async () => {
  const world = new World()
  world.trash = [deleted('a')]
  await world.keeper.see(0)
  world.trash = [deleted('a', 6)]
  assert.deepEqual([await world.purged(30 * DAY), await world.purged(60 * DAY)], [0, 1])
})

test('while the lists of a node are being built, what is not in them yet keeps the days it had', async () => {
  const world = new World()
  world.trash = [deleted('a')]
  await world.keeper.see(0)
  ;[world.trash, world.unindexed] = [[], 1]
  await world.keeper.see(20 * DAY)
  ;[world.trash, world.unindexed] = [[deleted('a')], 0]
  assert.equal(await world.purged(30 * DAY), 1)
})

test('notes that can not be read begin the days anew, and a folder that can not be written keeps everything', async () => {
  const world = new World()
  world.trash = [deleted('a')]
  await writeFile(join(folder, 'trash-sights'), `${'a'.repeat(64)} 5.25 torn\nrubbish`)
  assert.deepEqual([await world.purged(29 * DAY), await world.purged(59 * DAY)], [0, 1])
  const nowhere = new TrashSights(join(folder, 'trash-sights', 'below'))
  await nowhere.look(world.trash, 0)
  assert.equal((await nowhere.look(world.trash, 99 * DAY)).get(world.trash[0]!.facts.id), 0)
})

test.run()
