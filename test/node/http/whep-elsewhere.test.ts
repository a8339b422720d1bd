import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { NotFoundError, OverloadedError } from '#protocols/errors.ts'
import { PreconditionRequiredError } from '../../../node/live/webrtc/ice-patches.ts'
import type { WhepSessions } from '../../../node/live/whep/whep-sessions.ts'
import { serveWhep } from '../../support/whep-page.ts'

const test = suite('viewers for whom there is no room')
const ID = 'a'.repeat(22)
const SDP = { 'content-type': 'application/sdp' }
const FROM_PAGE = { ...SDP, origin: 'http://192.0.2.1:8080' }

/** The sessions of a node that is full, or takes one viewer. */
function sessions(full: boolean, elsewhere: () => string | undefined): WhepSessions & { said: string[] } {
  const said: string[] = []
  return {
    said, elsewhere,
    async create(camera, offer, { lowDelay = false } = {}) {
      if (full) throw new OverloadedError('full')
      said.push(`create ${camera} ${offer}${lowDelay ? ' with low delay' : ''}`)
      return { id: ID, answer: 'v=0 answer', tag: '"one"' }
    },
    async accept() {},
    async patch(_camera, id, fragment, ifMatch) {
      said.push(`patch ${id} ${fragment.length} ${ifMatch}`)
      if (ifMatch === undefined) throw new PreconditionRequiredError('send If-Match')
      return ifMatch === '*' ? { tag: '"two"', fragment: 'a=ice-ufrag:new' } : undefined
    },
    close(_camera, id) {
      if (full) throw new NotFoundError('no such session')
      said.push(`close ${id}`)
    },
    knows: () => true, has: () => false, count: () => 0, start() {}, stop() {}
  }
}

let other: ReturnType<typeof sessions>
let page: string | undefined
let servers: Array<Awaited<ReturnType<typeof serveWhep>>>
let url: string

test.before.each(async () => {
  other = sessions(false, () => page)
  const [full, free] = [await serveWhep(sessions(true, () => page)), await serveWhep(other)]
  servers = [full, free]
  url = full.url
  page = free.url
})
test.after.each(async () => { for (const { app } of servers) await app.close() })

const post = (path: string, headers: Record<string, string>, redirect: RequestRedirect = 'manual') => fetch(url + path, { method: 'POST', body: 'v=0', headers, redirect })

test('a program is sent to the other node, with its offer', async () => {
  const sent = await post('/whep/porch', SDP)
  assert.equal(sent.status, 307)
  assert.equal(sent.headers.get('location'), `${page}/whep/porch?sent-on=1`)
  const followed = await post('/whep/porch', SDP, 'follow')
  assert.equal(followed.status, 201)
  assert.deepEqual(other.said, ['create porch v=0'])
})

test('a page, which may not follow, is answered here with the session of the other node, and all it says of it is passed on', async () => {
  const created = await post('/whep/porch', FROM_PAGE)
  assert.equal(created.status, 201)
  assert.equal(created.headers.get('location'), `/whep/porch/${ID}`)
  assert.equal(await created.text(), 'v=0 answer')
  const session = `${url}/whep/porch/${ID}`
  assert.equal(created.headers.get('etag'), '"one"')
  const patch = (headers: Record<string, string>) => fetch(session, { method: 'PATCH', body: 'a=mid:0\r\n', headers: { ...headers, 'content-type': 'application/trickle-ice-sdpfrag' } })
  assert.equal((await patch({ 'if-match': '"one"' })).status, 204)
  assert.equal((await patch({})).status, 428)
  const restarted = await patch({ 'if-match': '*' })
  assert.deepEqual([restarted.status, restarted.headers.get('etag'), restarted.headers.get('content-type'), await restarted.text()], [200, '"two"', 'application/trickle-ice-sdpfrag', 'a=ice-ufrag:new'])
  assert.equal((await fetch(session)).status, 200)
  assert.equal((await fetch(session, { method: 'DELETE' })).status, 200)
  assert.equal((await fetch(session, { method: 'DELETE' })).status, 404)
  assert.deepEqual(other.said, ['create porch v=0', `patch ${ID} 9 "one"`, `patch ${ID} 9 undefined`, `patch ${ID} 9 *`, `close ${ID}`])
})

test('who wants low delay has it on the other node, too', async () => {
  const sent = await post('/whep/porch?delay=low', SDP)
  assert.equal(sent.headers.get('location'), `${page}/whep/porch?sent-on=1&delay=low`)
  await post('/whep/porch?delay=low', SDP, 'follow')
  await post('/whep/porch?delay=low', FROM_PAGE)
  assert.deepEqual(other.said, ['create porch v=0 with low delay', 'create porch v=0 with low delay'])
})

test('nobody is sent on twice, and with no other node the answer is 503 with a time to come back', async () => {
  const again = await post('/whep/porch?sent-on=1', SDP)
  assert.equal(again.status, 503)
  page = undefined
  for (const headers of [SDP, FROM_PAGE]) {
    const refused = await post('/whep/porch', headers)
    assert.equal(refused.status, 503)
    assert.ok(Number(refused.headers.get('retry-after')) > 0)
  }
})

test('a node that does not answer, or refuses, is one that has no room', async () => {
  page = 'http://127.0.0.1:9'
  assert.equal((await post('/whep/porch', FROM_PAGE)).status, 503)
  page = url // as full as this one
  assert.equal((await post('/whep/porch', FROM_PAGE)).status, 503)
})

test.run()
