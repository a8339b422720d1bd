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

test('so it does when who opened it is limited to albums meanwhile, or has a lesser role, and not when they may more', async () => {
  const app = Fastify()
  const viewer: Who = { kind: 'user', id: 'ada', name: 'Ada', role: 'viewer' }
  const publisher: Who = { kind: 'key', id: 'a key', name: 'OBS', role: 'editor' }
  const who = new Map<string, Who>([['porch', viewer], ['desk', publisher], ['garage', { ...viewer, id: 'ben' }]])
  const later = new Map<string, Who>([['ada', viewer], ['a key', publisher], ['ben', viewer]])
  const changed = emitter<void>()
  const ended: string[] = []
  app.addHook('onRequest', async (request) => { request.who = who.get(request.url.split('/')[2] ?? '') ?? LOCAL })
  const leave = letGo(app, { accounts: { again: ({ id }) => later.get(id), changed }, endLive: async (url) => ended.push(url) })
  app.post<{ Params: { camera: string } }>('/whep/:camera', (request, reply) => reply.code(201).header('location', `/whep/${request.params.camera}/one`).send())
  try {
    for (const camera of who.keys()) assert.is((await app.inject({ method: 'POST', url: `/whep/${camera}` })).statusCode, 201)
    changed.emit()
    assert.equal(ended, [])
    later.set('ada', { ...viewer, albums: ['holiday'] }).set('a key', { ...publisher, role: 'viewer' }).set('ben', { ...viewer, role: 'editor' })
    changed.emit()
    assert.equal(ended, ['/whep/porch/one', '/whep/desk/one'])
  } finally {
    leave()
    await app.close()
  }
})

test.run()
