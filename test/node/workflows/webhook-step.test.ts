import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import { createNodeActions } from '../../../node/workflows/node-actions.ts'
import { webhook } from '../../../node/workflows/verbs/webhook.ts'

const test = suite('a workflow\'s step that calls an address')

test('what is told of it to everybody who sees jobs names the server, and nothing of the address that may be a secret', async () => {
  const server = createServer((_, response) => { response.writeHead(500).end() }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const params = { url: `${origin}/services/T1/hunter2?key=hunter2`, allow_private: true }
    const actions = createNodeActions({ ring: { catalog: {} } } as never)
    assert.equal(await webhook.check(params, { actions } as never), `would POST to ${origin}`)
    const failed = await webhook.run(params, { actions, signal: AbortSignal.timeout(10_000) } as never).then(() => undefined, (err: Error) => err.message)
    assert.match(failed ?? '', new RegExp(`^${origin} answered 500`))
    assert.doesNotMatch(failed ?? '', /hunter2/)
  } finally {
    server.close()
  }
})

test.run()
