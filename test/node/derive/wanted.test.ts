import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { ChunkId } from '#protocols/ids.ts'
import type { Asset } from '#ring'
import { missingOf } from '../../../node/derive/wanted.ts'
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

test.run()
