import assert from 'node:assert/strict'
import Fastify, { type FastifyInstance } from 'fastify'
import { suite } from 'uvu'
import type { MotionExtracted } from '#protocols/http.ts'
import { silentLog } from '#ring/base/log.ts'
import { handleErrors } from '../../../node/http/errors.ts'
import { motionAliases } from '../../../node/http/routes/seed/motion.ts'
import type { MotionOptions } from '../../../node/understanding/motion/motion.ts'

interface Context { app: FastifyInstance; url: string; imported: string[]; looked: MotionOptions[] }
const test = suite<Context>('motion of the first clients')

const ID = 'a'.repeat(64)

test.before.each(async (context) => {
  const app = context.app = Fastify() as unknown as FastifyInstance
  const imported: string[] = context.imported = []
  const looked: MotionOptions[] = context.looked = []
  const ended = { id: 'j', state: 'done', error: null, endedMs: 1, results: [{ path: 'a.mp4', outcome: 'known', assetId: ID, copies: 0, reason: null }] }
  const components = {
    spool: { async with(bytes: AsyncIterable<unknown>, use: (path: string) => unknown) {
      for await (const part of bytes) assert.ok(part)
      return use('film')
    } },
    importer: { async importFile(_path: string, { shownPath }: { shownPath: string }) { imported.push(shownPath); return { path: shownPath, outcome: 'imported', assetId: ID, copies: 1, reason: null } } },
    catalog: { asset: async () => ({ facts: { id: ID, kind: 'video', name: 'a.mp4' } }) },
    motions: { submit(_assets: unknown, options: MotionOptions) { looked.push(options); return ended }, read: async () => ({ tracks: [{ id: 1 }] }) },
    jobs: { ended: async () => ended }
  }
  handleErrors(app, silentLog)
  await app.register(motionAliases(components as never))
  context.url = await app.listen({ port: 0, host: '127.0.0.1' })
})
test.after.each(({ app }) => app.close())

async function extract(url: string, fields: Readonly<Record<string, string>>): Promise<{ status: number; body: MotionExtracted & { error: { message: string } } }> {
  const form = new FormData()
  for (const [name, text] of Object.entries(fields)) form.append(name, text)
  form.append('files[]', new Blob(['film']), 'a.mp4')
  const answer = await fetch(`${url}/motion/extract`, { method: 'POST', body: form })
  return { status: answer.status, body: await answer.json() as never }
}

test('masks, zones, sensitivity and points are looked for as they are said', async ({ url, looked }) => {
  const said = { masks: [[[0, 0], [1, 0], [1, 0.5]]], zones: [{ name: 'door', polygon: [[0.5, 0], [1, 0], [1, 1]] }], sensitivity: 80, features: true }
  const { status, body } = await extract(url, Object.fromEntries(Object.entries(said).map(([name, value]) => [name, JSON.stringify(value)])))
  assert.deepEqual([status, body.status, body.results.length], [200, 'completed', 1])
  await extract(url, {})
  assert.deepEqual(looked, [said, { masks: [], zones: [], sensitivity: 50, features: false }])
})

test('as many masks as there may be fit into a field', async ({ url, looked }) => {
  const masks = Array.from({ length: 32 }, (_, i) => Array.from({ length: 64 }, (_, at) => [1 / (3 + at), 1 / (7 + i)]))
  assert.equal((await extract(url, { masks: JSON.stringify(masks) })).status, 200)
  assert.deepEqual(looked[0]?.masks, masks)
})

test('a field that is not what it should be is refused by its name, and nothing is imported for it', async ({ url, imported, looked }) => {
  const zone = { name: 'door', polygon: [[0.5, 0], [1, 0], [1, 1]] }
  for (const [name, text] of [['sensitivity', ''], ['sensitivity', '101'], ['sensitivity', 'NaN'], ['features', '1'], ['masks', '[[[0,0],[1,1]]]'], ['masks', '[[[0,0],[2,0],[1,1]]]'], ['masks', 'not JSON'], ['zones', '[{"name":"","polygon":[]}]'], ['zone', '[]'], ['masks', JSON.stringify(Array.from({ length: 33 }, () => zone.polygon))]] as const) {
    const { status, body } = await extract(url, { [name]: text })
    assert.equal(status, 400, `${name}=${text}`)
    assert.match(body.error.message, new RegExp(`"${name}"`))
  }
  assert.deepEqual([imported, looked], [[], []])
  const { status, body } = await extract(url, { zones: JSON.stringify([zone, zone]) })
  assert.equal(status, 400)
  assert.match(body.error.message, /two zones have the same name/)
})

test.run()
