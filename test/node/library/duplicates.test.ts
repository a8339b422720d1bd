import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { DuplicateDecision } from '#protocols/http.ts'
import type { Asset } from '#ring'
import { decide, likenesses, mergedInto } from '../../../node/library/duplicates.ts'
import { LOCAL } from '../../../node/http/who.ts'
import { createEdits } from '../../../node/organise/edits.ts'
import { createHistory } from '../../../node/organise/history.ts'
import { ALDER, createLibraryRing, type LibraryRing } from '../../support/library-ring.ts'

const test = suite<{ library: LibraryRing }>('duplicates')
const idOf = (name: string): string => Buffer.from(name).toString('hex').padEnd(64, '0')

async function add({ library }: { library: LibraryRing }, name: string, width: number, size = 1000): Promise<Asset> {
  const facts = { id: idOf(name), name, size, kind: 'image', mime: 'image/jpeg', blob: 'x', importedAtMs: 1, probe: { container: 'jpg', width, height: width } } as unknown as Asset['facts']
  await library.ring.catalog.addAsset(facts, { node: ALDER, path: name })
  return library.assets.get(facts.id)!
}
const decided = (decision: DuplicateDecision, { ring: { catalog } }: LibraryRing) => decide(decision, LOCAL, { catalog, edits: createEdits({ catalog, history: createHistory({ catalog }) }) })
const now = (library: LibraryRing, name: string): Asset => library.assets.get(idOf(name) as Asset['facts']['id'])!

test.before.each((context) => { context.library = createLibraryRing() })

test('pairs become groups, the largest picture first; who was decided about is not offered again', async (context) => {
  const [small, large, other] = [await add(context, 'small', 100), await add(context, 'large', 4000), await add(context, 'other', 100)]
  const pairs = [{ assets: [small, large], distance: 2 }, { assets: [large, other], distance: 5 }] as const
  assert.equal(likenesses(pairs).map(({ assets, distance }) => [assets.map(({ facts }) => facts.name), distance]), [[['large', 'other', 'small'], 5]])
  await decided({ keep: small.facts.id, others: [large.facts.id, other.facts.id], action: 'apart' }, context.library)
  assert.equal(likenesses(pairs.map(({ assets, distance }) => ({ distance, assets: assets.map(({ facts }) => now(context.library, facts.name)) as unknown as [Asset, Asset] }))), [])
})

test('two groups that a pair joins are one', async (context) => {
  const assets = await Promise.all(['a', 'b', 'c', 'd'].map((name) => add(context, name, 100)))
  const pair = (one: number, two: number) => ({ assets: [assets[one]!, assets[two]!] as [Asset, Asset], distance: 1 })
  assert.equal(likenesses([pair(0, 1), pair(2, 3), pair(1, 2)]).map((group) => group.assets.length), [4])
})

test('what is kept gets everything that people wrote about the others, before those go to the trash', async (context) => {
  const { library } = context
  const { catalog } = library.ring
  const [keep, gone] = [await add(context, 'keep', 100), await add(context, 'gone', 100)]
  await catalog.editAsset(keep.facts.id, { addTags: ['mine'], rating: 2, notes: 'first' })
  await catalog.editAsset(gone.facts.id, { addTags: ['theirs', 'mine'], addAlbums: ['summer'], rating: 5, notes: 'second', title: '', marks: { licence: 'CC BY', flag: 'pick' } })
  await decided({ keep: keep.facts.id, others: [gone.facts.id], action: 'trash' }, library)
  const { tags, albums, rating, notes, marks } = now(library, 'keep')
  assert.equal([[...tags].sort(), albums, rating, notes, marks.licence, marks.flag], [['mine', 'theirs'], ['summer'], 5, 'first\n\nsecond', 'CC BY', 'pick'])
  assert.ok(now(library, 'gone').deletedAtMs !== undefined)
})

test('without the merge nothing of the kept one changes; a stack keeps all', async (context) => {
  const { library } = context
  const [keep, other] = [await add(context, 'keep', 100), await add(context, 'other', 100)]
  await library.ring.catalog.editAsset(other.facts.id, { rating: 5 })
  await decided({ keep: keep.facts.id, others: [other.facts.id], action: 'stack', merge: false }, library)
  assert.is(now(library, 'keep').rating, 0)
  assert.ok(now(library, 'keep').marks.stack !== '')
  assert.is(now(library, 'keep').marks.stack, now(library, 'other').marks.stack)
})

test('a decision about what is gone, or about itself, is refused', async (context) => {
  const keep = await add(context, 'keep', 100)
  const refused = async (others: string[]): Promise<string> => decided({ keep: keep.facts.id, others, action: 'trash' }, context.library).then(() => '', (err) => err.code)
  assert.is(await refused([keep.facts.id]), 'ERR_INVALID_INPUT')
  assert.is(await refused([idOf('nobody')]), 'ERR_NOT_FOUND')
  assert.is(await refused(['x']), 'ERR_INVALID_ID')
})

test('notes that do not fit into one are refused with words, and nothing goes to the trash', async (context) => {
  const { library } = context
  const [keep, other] = [await add(context, 'keep', 100), await add(context, 'other', 100)]
  for (const [{ facts }, letter] of [[keep, 'x'], [other, 'y']] as const) await library.ring.catalog.editAsset(facts.id, { notes: letter.repeat(15_000) })
  const refusal = await decided({ keep: keep.facts.id, others: [other.facts.id], action: 'trash' }, library).then(() => undefined, (err: Error) => err)
  assert.match(refusal?.message ?? '', /have 30002 characters together, and 20000 fit: shorten some first/)
  assert.equal([now(library, 'keep').notes.length, now(library, 'other').deletedAtMs], [15_000, undefined])
  assert.is(mergedInto({ ...keep, notes: 'z'.repeat(25_000) }, [keep]).notes, undefined, 'what is there already is no matter')
})

test.run()
