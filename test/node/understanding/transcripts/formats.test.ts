import assert from 'node:assert/strict'
import { test } from 'uvu'
import { readCaptions } from '../../../../node/understanding/transcripts/captions/original-captions.ts'
import { writePlain } from '../../../../node/understanding/transcripts/formats/plain.ts'
import { readSrt, writeSrt } from '../../../../node/understanding/transcripts/formats/srt.ts'
import { readVtt, writeVtt } from '../../../../node/understanding/transcripts/formats/vtt.ts'
import type { Line } from '../../../../node/understanding/transcripts/transcript.ts'
import { randomOf } from '../../../support/random.ts'

const random = randomOf(20)
const below = (n: number): number => Math.floor(random() * n)
const WORDS = ['harbour', 'Möwe', '海', 'שלום', '--', '&', '<b', 'a>b', '1', '00:01', '&amp;', '😀', 'e\u0301', 'NOTE', 'WEBVTT', '{x}', '"quoted"', '—']
const someText = (): string => Array.from({ length: 1 + below(9) }, () => WORDS[below(WORDS.length)]!).join(' ')

/** Lines in order, as any transcript may have them. */
function someLines(withWords: boolean): Line[] {
  let at = 0
  return Array.from({ length: below(12) }, (_, i) => {
    const fromMs = at += below(3) * below(4_000_000)
    const text = someText()
    const words = text.split(' ')
    const step = 1 + below(500)
    const toMs = fromMs + words.length * step
    return { id: `c${(i + 1).toString(36)}`, fromMs, toMs, text, speaker: below(3) === 0 ? ['Nora', 'Ole & Ada', 'a>b'][below(3)]! : '', words: withWords && words.length > 1 ? words.map((word, at) => ({ fromMs: fromMs + at * step, toMs: fromMs + (at + 1) * step, text: word })) : [] }
  })
}

function readOrRefused(name: string, bytes: Uint8Array): void {
  try {
    readCaptions(name, bytes)
  } catch (err) {
    assert.equal((err as { code?: string }).code, 'ERR_INVALID_INPUT', String(err))
  }
}

test('WebVTT brings back every line, who says it, and when each word is said', () => {
  for (let round = 0; round < 300; round++) {
    const lines = someLines(round % 2 === 1)
    assert.deepEqual(readVtt(writeVtt(lines, { language: 'de', words: true })), { lines, language: 'de' })
    assert.deepEqual(readVtt(writeVtt(lines)).lines, lines.map((line) => ({ ...line, words: [] })))
  }
})

test('SubRip brings back every line; who says it stands before the words', () => {
  for (let round = 0; round < 300; round++) {
    const lines = someLines(false).map((line) => ({ ...line, text: line.text.replaceAll('<b', 'b') })) // it has no way to say that this is none of its looks
    assert.deepEqual(readSrt(writeSrt(lines)), lines.map((line) => ({ ...line, speaker: '', text: line.speaker === '' ? line.text : `${line.speaker}: ${line.text}` })))
  }
})

test('files of other programs are read: any line ends, looks, settings, notes, numbers or none', () => {
  const srt = readSrt('\uFEFF7\r\n0:0:1,5 --> 00:00:02.250 X1:40 Y1:20\r\n<i>One</i> {\\an8}and\r\n<font color="#fff">two</font>\r\n\r\n00:01:00,000 --> 00:01:01,000\r\nno number\r\n\r\n9\r\n00:02:00,000 --> 00:02:01,000\r\n')
  assert.deepEqual(srt.map(({ fromMs, toMs, text }) => [fromMs, toMs, text]), [[1_500, 2_250, 'One and two'], [60_000, 61_000, 'no number']])
  const { lines, language } = readVtt('WEBVTT - a title\nKind: captions\nLanguage: gsw\n\nNOTE nothing\n\nSTYLE\n::cue { color: red }\n\nintro\n00:01.000 --> 00:02.000 align:start line:0\n<v.loud Nora><c.red>Grüezi</c> &amp; <b>hoi</b></v>\n')
  assert.deepEqual([language, lines.map(({ speaker, text }) => [speaker, text])], ['gsw', [['Nora', 'Grüezi & hoi']]])
})

test('older encodings are read, and a language in the name is known', () => {
  const srt = '1\n00:00:01,000 --> 00:00:02,000\nGrüße\n'
  assert.equal(readCaptions('a.srt', Buffer.from(srt, 'latin1')).lines[0]?.text, 'Grüße')
  assert.equal(readCaptions('a.srt', Buffer.from(`\uFEFF${srt}`, 'utf16le')).lines[0]?.text, 'Grüße')
  assert.equal(readCaptions('film.ger.srt', Buffer.from(srt)).language, 'de')
})

test('what is no file of captions is refused with its line, and never hangs', () => {
  for (const [name, text, why] of [
    ['a.srt', '1\n00:00:61,000 --> 00:00:62,000\nx\n', /line 2: minutes and seconds go to 59/],
    ['a.srt', '1\n00:00:02,000 --> 00:00:01,000\nx\n', /line 2: a caption ends before it begins/],
    ['a.srt', '1\n9999:00:00,000 --> 9999:00:01,000\nx\n', /line 2: .*hundred days/],
    ['a.srt', 'hello\nworld\n', /line 1: a caption begins with its number/],
    ['a.srt', '1\n', /line 1: a caption has a number, and nothing else/],
    ['a.srt', `1\n00:00:01,000 --> 00:00:02,000\n${'x'.repeat(2_001)}\n`, /line 1 has 2001 characters/],
    ['a.vtt', 'WEBVTTX\n', /line 1: a WebVTT file begins with WEBVTT/],
    ['a.vtt', 'WEBVTT\n00:01.000 --> 00:02.000\nx\n', /line 2: an empty line/],
    ['a.vtt', 'WEBVTT\n\n00:01.000 -> 00:02.000\nx\n', /line 4|line 3/]
  ] as const) assert.throws(() => readCaptions(name, Buffer.from(text)), (err: Error) => why.test(err.message), `${JSON.stringify(text.slice(0, 40))}`)
  for (const text of ['<'.repeat(1_000_000), '&'.repeat(1_000_000), '{\\'.repeat(500_000), '<v '.repeat(300_000), `${'1'.repeat(1_000_000)}`, ' '.repeat(1_000_000), '-->'.repeat(300_000)]) {
    for (const name of ['a.srt', 'a.vtt']) readOrRefused(name, Buffer.from(`${name === 'a.vtt' ? 'WEBVTT\n\n' : ''}1\n00:00:01,000 --> 00:00:02,000\nx${text}\n`))
  }
})

test('bytes of any kind are read or refused, nothing else', () => {
  for (let round = 0; round < 500; round++) {
    const bytes = Buffer.from(Array.from({ length: below(200) }, () => below(256)))
    const text = Buffer.from(writeVtt(someLines(true)))
    for (let hits = 0; hits < 3 && text.length > 0; hits++) text[below(text.length)] = below(256)
    for (const [name, given] of [['a.srt', bytes], ['a.vtt', bytes], ['a.vtt', text], ['a.srt', Buffer.from(writeSrt(someLines(false)).slice(below(40)))]] as const) {
      readOrRefused(name, given)
    }
  }
})

test('as text it has paragraphs: a new one where somebody else speaks, and after a pause', () => {
  const line = (fromMs: number, text: string, speaker = ''): Line => ({ id: text, fromMs, toMs: fromMs + 1_000, text, speaker, words: [] })
  assert.equal(writePlain([line(0, 'One', 'Nora'), line(1_000, 'two.', 'Nora'), line(2_000, 'Three.', 'Ole'), line(9_000, 'Four.', 'Ole')]), 'Nora: One two.\n\nOle: Three.\n\nOle: Four.\n')
})

test.run()
