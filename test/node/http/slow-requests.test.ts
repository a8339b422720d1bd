import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import { suite } from 'uvu'
import { packageRoutes } from '../../../node/http/routes/organise/packages.ts'
import { motionAliases } from '../../../node/http/routes/seed/motion.ts'
import { uploadAliases } from '../../../node/http/routes/seed/uploads.ts'
import { tusRoutes } from '../../../node/http/routes/tus.ts'
import { uploadRoutes } from '../../../node/http/routes/uploads.ts'
import { endSlowRequests } from '../../../node/http/slow-requests.ts'

const test = suite('slow requests')

test('a body takes as long as it needs where files come in, and nowhere else', async () => {
  const app = Fastify()
  endSlowRequests(app, { bodyTimeoutMs: 150 })
  app.addContentTypeParser('text/csv', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  app.post('/file', { config: { longBody: true } }, async ({ body }) => body)
  app.post('/words', async ({ body }) => body)
  await app.listen({ host: '127.0.0.1', port: 0 })
  async function* crawl(): AsyncGenerator<Buffer> {
    for (let piece = 0; piece < 6; piece++) {
      yield Buffer.from('a,b\n')
      await sleep(60)
    }
  }
  const send = (path: string) => fetch(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}${path}`, { method: 'POST', headers: { 'content-type': 'text/csv' }, body: crawl() as never, duplex: 'half' } as RequestInit)
  try {
    assert.equal(await (await send('/file')).text(), 'a,b\n'.repeat(6))
    await assert.rejects(send('/words'))
  } finally {
    await app.close()
  }
})

test('every door that files come in by is one of those', async () => {
  const app = Fastify()
  const doors: string[] = []
  app.addHook('onRoute', ({ method, url, config }) => { if (config?.longBody === true) doors.push(`${method} ${url}`) })
  for (const routes of [uploadRoutes, tusRoutes, uploadAliases, motionAliases, packageRoutes]) await app.register(routes({ uploads: {}, packages: {} } as never))
  assert.deepEqual(doors.sort(), ['PATCH /api/v1/uploads/:id', 'POST /api/v1/packages', 'POST /api/v1/upload', 'POST /api/v1/upload/', 'POST /api/v1/uploads', 'POST /api/v1/uploads/:id', 'POST /assets', 'POST /motion/extract'])
  await app.close()
})

test.run()
