import Fastify from 'fastify'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { emitter } from '#ring/base/emitter.ts'
import { silentLog } from '#ring/base/log.ts'
import { handleErrors } from '../../../node/http/errors.ts'
import { letGo, MAX_OWNED_SESSIONS } from '../../../node/http/let-go.ts'
import { LOCAL, type Who } from '../../../node/http/who.ts'
import { until } from '../../support/until.ts'

const test = suite('what is long under way')

test('a live session ends when the key that opened it expires, though nobody changes anything', async () => {
  const app = Fastify()
  const key: Who = { ...LOCAL, kind: 'key', id: 'a key' }
  const ended: string[] = []
  let holds = true
  app.addHook('onRequest', async (request) => { request.who = key })
  const leave = letGo(app, { accounts: { again: (who) => holds ? who : undefined, changed: emitter<void>() }, hasLive: () => true, endLive: async (url) => ended.push(url) }, { lookAgainMs: 5 })
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
  const leave = letGo(app, { accounts: { again: ({ id }) => later.get(id), changed }, hasLive: () => true, endLive: async (url) => ended.push(url) })
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

test('a live session is its owner\'s until it is over: neither a DELETE that was refused nor thousands that came after it and ended change that', async () => {
  const app = Fastify()
  const changed = emitter<void>()
  const ended: string[] = []
  let holds = true
  let sessions = 0
  let status = 401
  const lives = new Set(['/whep/porch/1'])
  app.addHook('onRequest', async (request) => { request.who = { ...LOCAL, kind: 'key', id: 'a key' } })
  const leave = letGo(app, { accounts: { again: (who) => holds ? who : undefined, changed }, hasLive: (url) => lives.has(url), endLive: async (url) => ended.push(url) })
  app.post('/whep/:camera', (_request, reply) => reply.code(201).header('location', `/whep/porch/${++sessions}`).send())
  app.delete('/whep/:camera/:session', (_request, reply) => reply.code(status).send())
  try {
    for (let i = 0; i <= MAX_OWNED_SESSIONS + 900; i++) assert.is((await app.inject({ method: 'POST', url: '/whep/porch' })).statusCode, 201)
    assert.is((await app.inject({ method: 'DELETE', url: '/whep/porch/1' })).statusCode, 401)
    status = 200
    await app.inject({ method: 'DELETE', url: '/whep/porch/5000?now' })
    holds = false
    changed.emit()
    assert.ok(ended.includes('/whep/porch/1'))
    assert.not(ended.includes('/whep/porch/5000') || ended.includes('/whep/porch/2'))
  } finally {
    leave()
    await app.close()
  }
})

test('while as many live sessions go on as are remembered there are no more', async () => {
  const app = Fastify()
  let sessions = 0
  let goOn = true
  app.addHook('onRequest', async (request) => { request.who = LOCAL })
  handleErrors(app, silentLog)
  const leave = letGo(app, { accounts: { again: (who) => who, changed: emitter<void>() }, hasLive: () => goOn, endLive: async () => {} })
  app.post('/whip/:camera', (_request, reply) => reply.code(201).header('location', `/whip/desk/${++sessions}`).send())
  const post = async (): Promise<number> => (await app.inject({ method: 'POST', url: '/whip/desk?name=Desk' })).statusCode
  try {
    for (let i = 0; i < MAX_OWNED_SESSIONS; i++) await post()
    assert.is(await post(), 503)
    assert.is(sessions, MAX_OWNED_SESSIONS)
    goOn = false
    assert.is(await post(), 201)
  } finally {
    leave()
    await app.close()
  }
})

test.run()
