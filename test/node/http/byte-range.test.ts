import * as assert from 'uvu/assert'
import { suite } from 'uvu'
import Fastify from 'fastify'
import { ChunkNotFoundError } from '#protocols/errors.ts'
import { silentLog } from '#ring/base/log.ts'
import { matchesETag, parseRange, sendBytes } from '../../../node/http/byte-range.ts'
import { handleErrors } from '../../../node/http/errors.ts'

const test = suite('byte-range')

test('no header, another unit, nonsense and several ranges all mean everything', () => {
  for (const header of [undefined, '', 'items=0-1', 'bytes=', 'bytes=-', 'bytes=a-b', 'bytes=0-1,4-5', 'bytes=5-2', 'bytes=1-2-3', `bytes=0-${'1'.repeat(400)}`]) {
    assert.is(parseRange(header, 10), undefined, String(header))
  }
})

test('a range is half open and ends at the last byte', () => {
  assert.equal(parseRange('bytes=0-0', 10), { start: 0, end: 1 })
  assert.equal(parseRange('bytes=3-', 10), { start: 3, end: 10 })
  assert.equal(parseRange('bytes=3-99', 10), { start: 3, end: 10 })
  assert.equal(parseRange('Bytes=9-9', 10), { start: 9, end: 10 })
  assert.equal(parseRange('bytes=0-99999999999999999999999', 10), { start: 0, end: 10 })
})

test('a suffix counts from the end and may be longer than the content', () => {
  assert.equal(parseRange('bytes=-3', 10), { start: 7, end: 10 })
  assert.equal(parseRange('bytes=-30', 10), { start: 0, end: 10 })
})

test('what starts behind the end is unsatisfiable, and so is every range of nothing', () => {
  assert.is(parseRange('bytes=10-', 10), 'unsatisfiable')
  assert.is(parseRange('bytes=10-12', 10), 'unsatisfiable')
  assert.is(parseRange('bytes=-0', 10), 'unsatisfiable')
  assert.is(parseRange('bytes=0-', 0), 'unsatisfiable')
  assert.is(parseRange('bytes=-1', 0), 'unsatisfiable')
})

test('an entity tag is found in a list, weak or strong', () => {
  assert.ok(matchesETag('"a", "b"', 'b'))
  assert.ok(matchesETag('W/"b"', 'b'))
  assert.ok(matchesETag('*', 'b'))
  assert.not.ok(matchesETag('"ab"', 'b'))
  assert.not.ok(matchesETag(undefined, 'b'))
})

/** Serves ten bytes of a source that gives these pieces; an error among them is thrown. */
async function serve(...pieces: Array<string | Error>): Promise<{ url: string; close(): Promise<void> }> {
  const app = Fastify({ forceCloseConnections: true })
  handleErrors(app, silentLog)
  app.get('/', (request, reply) => sendBytes(request, reply.header('cache-control', 'private, max-age=86400').header('content-disposition', 'attachment'), {
    size: 10, mime: 'text/plain', etag: 'e',
    async *read() {
      for (const piece of pieces) {
        if (typeof piece !== 'string') throw piece
        yield Buffer.from(piece)
        await new Promise((resolve) => { setImmediate(resolve) })
      }
    }
  }))
  return { url: await app.listen({ port: 0 }), close: () => app.close() }
}

/** The body, or what became of the connection. */
const bodyOf = (url: string): Promise<string> => fetch(url, { signal: AbortSignal.timeout(10_000) }).then((answer) => answer.text()).catch((err: Error) => err.message)

test('what is promised is what is sent: a source with fewer or more bytes, or one that fails on the way, cuts the connection', async () => {
  for (const [pieces, said] of [[['01234', '56789'], '0123456789'], [['01234', '567'], 'terminated'], [['01234', '567890'], 'terminated'], [['01234', new Error('gone')], 'terminated']] as const) {
    const { url, close } = await serve(...pieces)
    assert.is(await bodyOf(url), said, pieces.join(' '))
    await close()
  }
})

test('a failure before the first byte is an error of its own, which nobody keeps and which says nothing of the content', async () => {
  const { url, close } = await serve(new ChunkNotFoundError('no node has it'))
  const answer = await fetch(url)
  const { error } = await answer.json() as { error: { code: string } }
  assert.equal([answer.status, error.code, answer.headers.get('cache-control')], [503, 'ERR_CHUNK_NOT_FOUND', 'no-store'])
  for (const name of ['etag', 'accept-ranges', 'content-disposition', 'content-range']) assert.is(answer.headers.get(name), null, name)
  await close()
})

test.run()
