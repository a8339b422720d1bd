import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import { test } from 'uvu'
import { NotFoundError } from '#protocols/errors.ts'
import { silentLog } from '#ring/base/log.ts'
import { handleErrors } from '../../../node/http/errors.ts'
import { askSelf } from '../../../node/http/routes/seed/ask-self.ts'
import { endSlowRequests } from '../../../node/http/slow-requests.ts'

test('a node that asks itself is answered as any client, and is never ended for being slow', async () => {
  const app = Fastify()
  handleErrors(app, silentLog)
  endSlowRequests(app, { bodyTimeoutMs: 50 })
  app.post('/echo', async ({ body, headers }) => ({ body, token: headers.authorization }))
  app.post('/no', async () => { throw new NotFoundError('there is no such thing: look elsewhere') })
  await app.listen({ host: '127.0.0.1', port: 0 })
  try {
    const who = { headers: { host: '127.0.0.1', authorization: 'Bearer t', 'x-other': 'not handed on' }, ip: '127.0.0.1' }
    assert.deepEqual(JSON.parse((await askSelf(app, who, 'POST', '/echo', { on: true })).toString()), { body: { on: true }, token: 'Bearer t' })
    await assert.rejects(askSelf(app, who, 'POST', '/no', {}), { status: 404, code: 'ERR_NOT_FOUND', message: 'there is no such thing: look elsewhere' })
    const slow = connect((app.server.address() as AddressInfo).port, '127.0.0.1', () => slow.write('POST /echo HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{'))
    slow.on('error', () => {})
    await once(slow, 'close') // by then the time of those before is over, too
  } finally {
    await app.close()
  }
})

test.run()
