import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { ChunkId } from '#protocols/ids.ts'
import type { Asset } from '#ring'
import { largestPicture, missingOf, PREVIEW, STILL } from '../../../node/derive/wanted.ts'
import { FIRST_METADATA, METADATA } from '../../../node/library/deep/metadata.ts'

const test = suite('what an asset should have')

/** One of which only what was read of its file is of interest. */
const asset = (kind: 'video' | 'audio' | 'image', made: Record<string, ChunkId>): Asset => ({ facts: { kind, mime: 'application/octet-stream', probe: {} }, made, found: {} }) as unknown as Asset

test('only films are read again for what the first reading left out', () => {
  const blob = 'b' as ChunkId
  for (const kind of ['image', 'audio'] as const) assert.deepEqual(missingOf(asset(kind, { [FIRST_METADATA]: blob })), [], kind)
  assert.deepEqual(missingOf(asset('video', { [FIRST_METADATA]: blob })), ['metadata'])
  for (const kind of ['image', 'audio', 'video'] as const) assert.deepEqual([missingOf(asset(kind, {})), missingOf(asset(kind, { [METADATA]: blob }))], [['metadata'], []], kind)
})

test('what fills a page is the largest picture there is; the poster only until that is made', () => {
  const film = (made: Record<string, string>, more: object = {}): Asset => ({ facts: { kind: 'video', mime: 'video/mp4', probe: { width: 1920, height: 1080 }, ...more }, poster: 'poster', made, found: {} }) as unknown as Asset
  assert.deepEqual(largestPicture(film({})), { blob: 'poster', isLast: false })
  assert.deepEqual(largestPicture(film({ [STILL]: 'still' })), { blob: 'still', isLast: true })
  assert.deepEqual(largestPicture(film({}, { probe: { width: 640, height: 360 } })), { blob: 'poster', isLast: true })
  const raw = { kind: 'image', mime: 'image/x-canon-cr2', probe: { width: 6000, height: 4000 } }
  assert.deepEqual([largestPicture(film({}, raw)), largestPicture(film({ [PREVIEW]: 'preview' }, raw))], [{ blob: 'poster', isLast: false }, { blob: 'preview', isLast: true }])
})

test.run()
