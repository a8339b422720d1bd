// needs: ffmpeg perl
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { AssetList, HistoryList, TranscriptState, TranscriptView } from '#protocols/http.ts'
import { type NodeProcess, run, TestRing } from '../../../support/processes.ts'
import { command, EOC, RCL, row, timed, words, writeHiddenCaptions } from '../../../support/hidden-captions.ts'
import { until } from '../../../support/until.ts'
import { ffmpeg } from '../../../support/ffmpeg.ts'
import { captionFilm, SRT } from './caption-films.ts'

const test = suite('transcripts on a real node')

let ring: TestRing
let node: NodeProcess
let folder: string

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thatdam-transcripts-'))
  captionFilm(folder, 'inside.mkv', 'subrip')
  ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=160x90:r=10:d=4', '-f', 'lavfi', '-i', 'sine=d=4', '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', join(folder, 'beside.mp4'))
  await writeFile(join(folder, 'beside.srt'), SRT)
  ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=160x90:r=10:d=2', '-f', 'lavfi', '-i', 'sine=f=300:d=2', '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', join(folder, 'bare.mp4'))
  writeHiddenCaptions(folder, 'hidden.mp4', 3, timed([{ at: 0, pairs: [...command(RCL), ...row(15), ...words('GULLS WAKE FIRST')] }, { at: 30, pairs: command(EOC) }]))
  ring = await TestRing.create()
  node = await ring.begin('alder', { flags: ['--inference-provider', 'cpu'] })
  await run('scan', folder, '--add', '--node', node.url, '--json')
})
test.after(async () => {
  await ring?.end()
  await rm(folder, { recursive: true, force: true })
})

const idOf = (name: string): Promise<string> => until(async () => (await ring.get<AssetList>(`${node.url}/api/v1/assets?limit=100`)).assets.find((asset) => asset.locations.some(({ path }) => path.endsWith(`/${name}`)))?.id, `${name} is in`)
const pathOf = (id: string, ending = ''): string => `${node.url}/api/v1/assets/${id}/transcript${ending}`
const stateOf = (id: string, query = ''): Promise<TranscriptState> => ring.get<TranscriptState>(pathOf(id, query))
const shown = (id: string): Promise<TranscriptView> => until(async () => (await stateOf(id)).transcript, 'there is a transcript')
const put = (id: string, body: string, type: string, match?: string): Promise<Response> => fetch(pathOf(id), { method: 'PUT', headers: { 'content-type': type, ...(match !== undefined && { 'if-match': match }) }, body })
const refusal = async (answer: Response): Promise<string> => `${answer.status} ${((await answer.json()) as { error: { message: string } }).error.message}`

test('captions inside of a film and in a file beside it become its transcript, and say where they were', async () => {
  for (const [name, from, language] of [['inside.mkv', 'stream 2 (subrip)', 'en'], ['beside.mp4', 'beside.srt', '']] as const) {
    const transcript = await shown(await idOf(name))
    assert.deepEqual([transcript.version, transcript.origin, transcript.language], ['original', { kind: 'captions', from }, language])
    assert.deepEqual(transcript.lines.map(({ text }) => text), ['The harbour at dawn, quiet as ever.', 'Gulls wake first & shout.'])
    const times = transcript.lines.flatMap(({ fromMs, toMs }) => [fromMs, toMs])
    assert.ok(times.every((ms, i) => Math.abs(ms - [500, 1500, 2000, 3250][i]!) < 40), `${times}`) // an encoder of AAC begins with a frame of its own
  }
})

test('captions beside the pictures of a film do, too', async () => {
  const { origin, lines } = await shown(await idOf('hidden.mp4'))
  assert.deepEqual([origin, lines.map(({ text }) => text)], [{ kind: 'captions', from: 'CC1 (CEA-608)' }, ['GULLS WAKE FIRST']])
})

test('a film without captions says that no model is there', async () => {
  const id = await idOf('bare.mp4')
  const state = await until(async () => { const one = await stateOf(id); return one.state === 'off' ? one : undefined }, 'captions were looked for')
  assert.equal(state.transcript, null)
  assert.match(state.reason ?? '', /thatdam models pull whisper-base/)
  assert.match(await refusal(await fetch(pathOf(id, '.srt'))), /^404 there is no transcript of this asset: .*thatdam models pull whisper-base/)
})

test('what a person writes stands before the captions; who is slower learns of it, and nothing of the faster is lost', async () => {
  const id = await idOf('inside.mkv')
  const { etag, lines } = await shown(id)
  const mine = JSON.stringify({ lines: lines.map((line, i) => i === 0 ? { ...line, text: 'The harbor at dawn, quiet as ever.', speaker: 'Nora' } : line) })
  const saved = await put(id, mine, 'application/json', `"${etag}"`)
  assert.equal(saved.status, 200)
  assert.match(await refusal(await put(id, mine, 'application/json', `"${etag}"`)), /^412 somebody else changed this transcript/)
  assert.match(await refusal(await put(id, mine, 'application/json')), /^428 somebody has written/)
  const now = await shown(id)
  assert.deepEqual([now.version, now.origin.kind, now.lines[0]?.speaker, now.language, saved.headers.get('etag')], ['edited', 'person', 'Nora', 'en', `"${now.etag}"`])
  assert.deepEqual((await stateOf(id)).versions, ['edited', 'original'])
  assert.equal((await stateOf(id, '?version=original')).transcript?.etag, etag)
})

test('an edit is undone and done again from the history; going back shows the captions', async () => {
  const id = await idOf('inside.mkv')
  const { etag } = await shown(id)
  const { entries } = await ring.get<HistoryList>(`${node.url}/api/v1/history`)
  assert.match(entries[0]?.title ?? '', /^transcript of inside/)
  await ring.send('POST', `${node.url}/api/v1/undo`, {})
  assert.equal((await shown(id)).version, 'original')
  await ring.send('POST', `${node.url}/api/v1/redo`, {})
  assert.equal((await shown(id)).etag, etag)
  const removed = await fetch(pathOf(id), { method: 'DELETE', headers: { 'if-match': `"${etag}"` } })
  assert.equal(removed.status, 204)
  assert.equal((await shown(id)).version, 'original')
})

test('every format goes out, and what goes out comes in', async () => {
  const id = await idOf('bare.mp4')
  const vtt = 'WEBVTT\nLanguage: de\n\n00:00.100 --> 00:01.000\n<v Nora>Guten <00:00.600>Morgen\n'
  assert.equal((await put(id, vtt, 'text/vtt')).status, 200)
  const { lines, language } = await shown(id)
  assert.deepEqual([language, lines[0]?.speaker, lines[0]?.words.map(({ fromMs, toMs, text }) => [fromMs, toMs, text])], ['de', 'Nora', [[100, 600, 'Guten'], [600, 1000, 'Morgen']]])
  const file = async (ending: string): Promise<string> => (await ring.bytes(pathOf(id, ending))).toString()
  assert.equal(await file('.srt'), '1\n00:00:00,100 --> 00:00:01,000\nNora: Guten Morgen\n')
  assert.equal(await file('.vtt?words=true'), 'WEBVTT\nLanguage: de\n\n00:00:00.100 --> 00:00:01.000\n<v Nora>Guten <00:00:00.600>Morgen\n')
  assert.equal(await file('.txt'), 'Nora: Guten Morgen\n')
  const answer = await put(id, await file('.json'), 'application/json', '*')
  assert.equal(answer.status, 200, await answer.text())
  assert.deepEqual((await shown(id)).lines, lines)
  assert.match((await fetch(pathOf(id, '.srt?download=true'))).headers.get('content-disposition') ?? '', /attachment; filename="bare.srt"/)
})

test('what is no transcript is refused with the line, and changes nothing', async () => {
  const id = await idOf('bare.mp4')
  const { etag, lines } = await shown(id)
  const json = (change: object): string => JSON.stringify({ lines: [{ ...lines[0], ...change }] })
  for (const [body, type, why] of [
    ['1\n00:00:02,000 --> 00:00:01,000\nback\n', 'application/x-subrip', /^400 line 2: a caption ends before it begins/],
    ['hello\n', 'text/vtt', /^400 line 1: a WebVTT file begins with WEBVTT/],
    [json({ fromMs: 5000, toMs: 10 }), 'application/json', /^400 the transcript is not taken: line 1 has no times/],
    [json({ text: '' }), 'application/json', /^400 /],
    [JSON.stringify({ lines: [lines[0], lines[0]] }), 'application/json', /^400 .*has the id of another line/],
    ['{', 'application/json', /^400 /],
    ['x', 'text/html', /^415 /]
  ] as const) assert.match(await refusal(await put(id, body, type, `"${etag}"`)), why)
  assert.match(await refusal(await put(id, json({}), 'application/json', 'nonsense')), /^400 If-Match/)
  assert.equal((await shown(id)).etag, etag)
})

test.run()
