import Fastify from 'fastify'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { emitter } from '#ring/base/emitter.ts'
import { letGo } from '../../../node/http/let-go.ts'
import { LOCAL, type Who } from '../../../node/http/who.ts'
import { until } from '../../support/until.ts'

const test = suite('what is long under way')

test('a live session ends when the key that opened it expires, though nobody changes anything', async () => {
  const app = Fastify()
  const key: Who = { ...LOCAL, kind: 'key', id: 'a key' }
  const ended: string[] = []
  let holds = true
  app.addHook('onRequest', async (request) => { request.who = key })
  const leave = letGo(app, { accounts: { again: (who) => holds ? who : undefined, changed: emitter<void>() }, endLive: async (url) => ended.push(url) }, { lookAgainMs: 5 })
  app.post('/whep/:camera', (_request, reply) => reply.code(201).header('location', '/whep/porch/one').send())
  try {
    assert.is((await app.inject({ method: 'POST', url: '/whep/porch' })).statusCode, 201)
    holds = false
    await until(() => ended.length > 0, 'the session is ended')
    assert.equal(ended, ['/whep/porch/one'])
  } finally {
    leave()
    await app.close()
  }
})

test.run()
