import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { eligible } from '../../../../node/understanding/moments/eligible.ts'

const test = suite('which subjects a question is about')

async function askedOf(fromMs: number | undefined, toMs: number | undefined): Promise<string | undefined> {
  let asked: string | undefined
  const catalog = { search: { ids: async ({ q }: { q: string }) => { asked = q; return [] } }, index: {} }
  await eligible({ catalog: catalog as never }, { text: 'x', limit: 1, fromMs, toMs }, [])
  return asked
}

test('a stretch of time narrows by whole days, and whatever time somebody asks for can be answered', async () => {
  const noon = Date.UTC(2026, 2, 21, 12)
  assert.equal(await askedOf(noon, noon), 'after:2026-03-20 before:2026-03-23')
  assert.equal(await askedOf(noon, 8.64e15), 'after:2026-03-20')
  assert.equal(await askedOf(-1e300, noon), 'before:2026-03-23')
  assert.equal(await askedOf(8.64e15, undefined), 'after:9998-12-31')
  assert.equal(await askedOf(undefined, -1e300), 'before:1000-01-03')
  assert.deepEqual([await askedOf(-1e300, 1e300), await askedOf(undefined, undefined)], [undefined, undefined])
})

test('a filter of whoever may see some albums knows of no others', async () => {
  const asked: unknown[] = []
  const catalog = { search: { ids: async (query: object) => { asked.push(query); return [] } }, index: { assets: () => ({ assets: [], total: 0, cursor: undefined }) } }
  await eligible({ catalog: catalog as never }, { text: 'x', limit: 1, filter: 'album:"s*"', albums: ['wedding'] } as never, [])
  await eligible({ catalog: catalog as never }, { text: 'x', limit: 1, filter: 'album:"s*"' } as never, [])
  assert.deepEqual(asked, [{ q: 'album:"s*"', within: ['wedding'] }, { q: 'album:"s*"' }])
})

test.run()
