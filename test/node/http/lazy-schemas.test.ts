import Fastify from 'fastify'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compileLazily, lazily } from '../../../node/http/lazy-schemas.ts'

type Check = ReturnType<ReturnType<typeof lazily>>
const test = suite('schemas of routes')

test('a schema is compiled once, by the first request that is held against it, and says what is wrong each time', () => {
  let compiled = 0
  const check: Check = lazily(() => {
    compiled++
    const plain: Check = (data: unknown) => data === 'good'
    plain.errors = [{ keyword: 'const', instancePath: '', schemaPath: '#', params: {} }]
    return plain
  })({ schema: {}, method: 'GET', url: '/', httpPart: 'querystring' })
  assert.is(compiled, 0)
  assert.equal([check('good'), check('bad'), check.errors?.[0]?.keyword, compiled], [true, false, 'const', 1])
})

test('requests are checked, converted and filled in by it, and what it does not name is refused', async () => {
  const app = Fastify()
  compileLazily(app)
  const querystring = { type: 'object', properties: { limit: { type: 'integer', minimum: 1, default: 7 } }, additionalProperties: false }
  app.get('/', { schema: { querystring } }, (request, reply) => { void reply.send(request.query) })
  const ask = async (query: string): Promise<[number, unknown]> => {
    const { statusCode, payload } = await app.inject(`/?${query}`)
    return [statusCode, statusCode === 200 ? JSON.parse(payload) : JSON.parse(payload).message]
  }
  assert.equal([await ask(''), await ask('limit=3')], [[200, { limit: 7 }], [200, { limit: 3 }]])
  assert.equal([await ask('limit=0'), await ask('other=1')], [[400, 'querystring/limit must be >= 1'], [400, 'querystring must NOT have additional properties']])
  await app.close()
})

test.run()
