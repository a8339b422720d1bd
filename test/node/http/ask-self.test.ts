import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import { test } from 'uvu'
import { NotFoundError } from '#protocols/errors.ts'
import { silentLog } from '#ring/base/log.ts'
import { UnauthenticatedError } from '../../../node/accounts/refusals.ts'
import { authorise } from '../../../node/http/authorise.ts'
import { handleErrors } from '../../../node/http/errors.ts'
import { createPasses, PASS_HEADER } from '../../../node/http/passes.ts'
import { askSelf } from '../../../node/http/routes/seed/ask-self.ts'
import { endSlowRequests } from '../../../node/http/slow-requests.ts'
import type { Who } from '../../../node/http/who.ts'

test('a node that asks itself is answered as any client, and is never ended for being slow', async () => {
  const app = Fastify()
  handleErrors(app, silentLog)
  endSlowRequests(app, { bodyTimeoutMs: 50 })
  app.decorate('passes', createPasses())
  authorise(app as never, async () => { throw new UnauthenticatedError('nobody else') }, () => false)
  app.post('/echo', async ({ body, headers, who }) => ({ body, token: headers.authorization, cookie: headers.cookie, by: who.name }))
  app.post('/open', { config: { open: true } }, async () => ({}))
  app.post('/no', async () => { throw new NotFoundError('there is no such thing: look elsewhere') })
  await app.listen({ host: '127.0.0.1', port: 0 })
  try {
    const who: Who = { kind: 'user', id: '1', name: 'Maren', role: 'editor' }
    const asker = { headers: { host: '127.0.0.1', authorization: 'Bearer t', cookie: 'not handed on' }, ip: '127.0.0.1', who }
    assert.deepEqual(JSON.parse((await askSelf(app, asker, 'POST', '/echo', { on: true })).toString()), { body: { on: true }, by: 'Maren' })
    const pass = app.passes.issue(who)
    const shown = async (): Promise<number> => (await app.inject({ method: 'POST', url: '/echo', headers: { [PASS_HEADER]: pass } })).statusCode
    assert.deepEqual([await shown(), await shown(), (await app.inject({ method: 'POST', url: '/echo', headers: { [PASS_HEADER]: '' } })).statusCode], [200, 401, 401], 'a pass is good once')
    await assert.rejects(askSelf(app, asker, 'POST', '/no', {}), { status: 404, code: 'ERR_NOT_FOUND', message: 'there is no such thing: look elsewhere' })
    const slow = connect((app.server.address() as AddressInfo).port, '127.0.0.1', () => slow.write('POST /open HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{'))
    slow.on('error', () => {})
    await once(slow, 'close') // by then the time of those before is over, too
  } finally {
    await app.close()
  }
})

test.run()
