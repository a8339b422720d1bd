import assert from 'node:assert/strict'
import { encode } from '@ipld/dag-cbor'
import { test } from 'uvu'
import { chunkIdOf } from '#protocols/ids.ts'
import { decodeTranscript, encodeTranscript } from '../../../../node/understanding/transcripts/transcript-codec.ts'
import { heardBy, isTranscript, type Transcript, versionsOf } from '../../../../node/understanding/transcripts/transcript.ts'

const BLOB = chunkIdOf(Buffer.from('a transcript'))
const WHOLE: Transcript = {
  origin: { kind: 'person', from: 'Nora' }, language: 'de', languageConfidence: 0.75, languages: [{ language: 'de', share: 0.8 }, { language: 'en', share: 0.2 }], dropped: 3, edited: { atMs: 1_700_000_000_000, of: BLOB },
  lines: [{ id: 'l0', fromMs: 0, toMs: 900, text: 'Guten Morgen', speaker: 'Ole', words: [{ fromMs: 0, toMs: 400, text: 'Guten', confidence: 0.5 }, { fromMs: 400, toMs: 900, text: 'Morgen' }] }, { id: 'l1', fromMs: 900, toMs: 900, text: 'Ja', speaker: '', words: [] }]
}

test('a transcript comes back as it was, from the same bytes every time', () => {
  assert.deepEqual(decodeTranscript(encodeTranscript(WHOLE)), WHOLE)
  assert.deepEqual(encodeTranscript(decodeTranscript(encodeTranscript(WHOLE))), encodeTranscript(WHOLE))
})

test('what is no transcript is refused with what is wrong', () => {
  const row = ['l0', 0, 900, 'x', '', []]
  const with_ = (change: object): Uint8Array => encode({ v: 1, origin: ['model', 'm'], language: '', confidence: 0, languages: [], lines: [], dropped: 0, ...change })
  assert.equal(decodeTranscript(with_({})).lines.length, 0)
  for (const [bytes, why] of [
    [new Uint8Array([0xff, 0x00]), /not a transcript/], [encode([]), /not a map/], [with_({ v: 2 }), /version/], [with_({ extra: 1 }), /fields/], [with_({ origin: ['ghost', 'x'] }), /origin/],
    [with_({ language: '<b>' }), /language/], [with_({ confidence: 2 }), /share/], [with_({ dropped: -1 }), /count/], [with_({ languages: Array.from({ length: 21 }, () => ['en', 0]) }), /list/],
    [with_({ lines: [row, row] }), /id of another/], [with_({ lines: [['l0', 5, 1, 'x', '', []]] }), /times/], [with_({ lines: [['l0', 0.5, 1, 'x', '', []]] }), /times/], [with_({ lines: [['l 0', 0, 1, 'x', '', []]] }), /no id/],
    [with_({ lines: [['l0', 0, 1, 'x'.repeat(2_001), '', []]] }), /characters/], [with_({ lines: [['l0', 0, 1, 'x', '', [[0, 1, 'x', 3]]]] }), /share/], [with_({ lines: [['l1', 9, 9, 'x', '', []], row] }), /before the one above/]
  ] as const) assert.throws(() => decodeTranscript(bytes), (err: Error & { code?: string }) => err.code === 'ERR_INVALID_MESSAGE' && why.test(err.message), String(why))
})

test('a person\'s is shown before captions, captions before what models heard, and the one in use before others', () => {
  const made = { transcript: BLOB, 'transcript-before': BLOB, 'transcript@original': BLOB, 'transcript@a@1': BLOB, 'transcript@b@1': BLOB, 'vectors@x': BLOB }
  assert.deepEqual(versionsOf({ made }, 'b@1').map(({ version }) => version), ['edited', 'original', 'b@1', 'a@1'])
  assert.deepEqual(Object.keys(made).filter(isTranscript), ['transcript', 'transcript@original', 'transcript@a@1', 'transcript@b@1'])
  assert.equal(heardBy('x'.repeat(100)).length, 64)
})

test.run()
