// needs: ffmpeg
import assert from 'node:assert/strict'
import { appendFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { AssetId } from '#protocols/ids.ts'
import type { Asset } from '#ring'
import type { Samples } from '../../../../node/understanding/inference/inference.ts'
import { createListen, type Listen, WINDOW_MS } from '../../../../node/understanding/transcripts/listen.ts'
import type { SoundPiece } from '../../../../node/understanding/transcripts/sound/media-orders.ts'
import { createMediaReader } from '../../../../node/understanding/transcripts/sound/media-process.ts'
import { PIECE_MS } from '../../../../node/understanding/transcripts/sound/read-sound.ts'
import type { Transcript } from '../../../../node/understanding/transcripts/transcript.ts'
import { decodeTranscript, encodeTranscript } from '../../../../node/understanding/transcripts/transcript-codec.ts'
import { createBlobDoor } from '../../../../node/derive/blob-door.ts'
import { ffmpeg } from '../../../support/ffmpeg.ts'
import { loudSpans } from './loud-spans.ts'

const test = suite('listening')

const RATE = 16_000
const ASSET = { facts: { id: 'asset-1' as AssetId } } as Asset
const never = new AbortController().signal
const reader = createMediaReader()
const door = createBlobDoor()
let folder: string

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thatdam-listen-'))
  await door.start()
})
test.after(async () => {
  await Promise.all([reader.stop(), door.stop()])
  await rm(folder, { recursive: true, force: true })
})

/** Loud means somebody speaks; what is said is how long it was. */
const inference = {
  heard: [] as number[],
  async findSpeech(samples: Samples) {
    assert.ok(samples.length <= (WINDOW_MS + PIECE_MS) * RATE / 1000, 'it is given a window at most')
    return loudSpans(samples)
  },
  async transcribe(samples: Samples) {
    const toMs = samples.length * 1000 / RATE
    inference.heard.push(toMs)
    return { language: 'en', languageConfidence: 0.9, segments: [{ fromMs: 200, toMs: toMs - 200, text: `heard ${Math.round(toMs)}`, words: [] }] }
  }
}

/** Pieces of ten seconds; loud in these seconds. */
async function* sound(loud: ReadonlyArray<readonly [from: number, to: number]>, seconds: number, fromMs: number): AsyncGenerator<SoundPiece> {
  for (let at = Math.round(fromMs * RATE / 1000); at < seconds * RATE; at += 10 * RATE) {
    yield { fromMs: at * 1000 / RATE, samples: Float32Array.from({ length: Math.min(10 * RATE, seconds * RATE - at) }, (_, i) => loud.some(([from, to]) => at + i >= from * RATE && at + i < to * RATE) ? 0.5 * Math.sin(i + 1) : 0.0001) }
  }
}

const LOUD = [[5, 9], [58, 64], [100, 170], [300, 302]] as const
const listening = (seconds = 310): Listen<Asset> => createListen({ inference, nameOf: ({ facts: { id } }: Asset) => id, folder: join(folder, 'notes'), sound: (_asset, fromMs) => sound(LOUD, seconds, fromMs) })

test('all that is said in hours is heard, in stretches of at most thirty seconds, and every line stands where it is said', async () => {
  inference.heard.length = 0
  const done: number[] = []
  const { transcript, forget } = await listening()(ASSET, { model: { name: 'm@1' }, signal: never, onProgress: (ms) => done.push(ms) })
  assert.ok(inference.heard.every((ms) => ms <= 30_000))
  assert.ok(transcript.lines.every(({ fromMs, toMs }) => LOUD.some(([from, to]) => fromMs >= from * 1000 - 500 && toMs <= to * 1000 + 500)))
  for (const [from, to] of LOUD) assert.ok(transcript.lines.some(({ fromMs, toMs }) => fromMs <= to * 1000 && toMs >= from * 1000), `${from}`)
  const long = transcript.lines.filter(({ fromMs }) => fromMs >= 99_000 && fromMs < 171_000)
  assert.ok(Math.abs(long[0]!.fromMs - 100_000) < 500 && Math.abs(long.at(-1)!.toMs - 170_000) < 500)
  assert.ok(done.every((ms, i) => i === 0 || ms >= done[i - 1]!) && done.at(-1)! >= 309_000)
  assert.deepEqual(decodeTranscript(encodeTranscript(transcript)), transcript)
  await forget()
  assert.deepEqual(await readdir(join(folder, 'notes')), [])
})

test('a stop costs one stretch: what was heard before is not heard again, and as much is heard as without it', async () => {
  inference.heard.length = 0
  const { transcript: whole, forget } = await listening()(ASSET, { model: { name: 'm@1' }, signal: never })
  await forget()
  const inOne = inference.heard.splice(0)
  const stop = new AbortController()
  let turns = 0
  await assert.rejects(listening()(ASSET, { model: { name: 'm@1' }, signal: stop.signal, turn: async () => { if (++turns === 4) stop.abort(new Error('the node stops')); stop.signal.throwIfAborted() } }), /the node stops/)
  const before = inference.heard.length
  const [notes] = await readdir(join(folder, 'notes'))
  await appendFile(join(folder, 'notes', notes!), '{"doneMs": 99') // a crash in the middle of a write
  const again = await listening()(ASSET, { model: { name: 'm@1' }, signal: never })
  const saidMs = ({ lines }: Pick<Transcript, 'lines'>): number => lines.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)
  assert.deepEqual(again.transcript.lines.slice(0, 3), whole.lines.slice(0, 3))
  assert.ok(Math.abs(saidMs(again.transcript) - saidMs(whole)) < 1_000, `${saidMs(again.transcript)} of ${saidMs(whole)}`)
  assert.equal(new Set(again.transcript.lines.map(({ id }) => id)).size, again.transcript.lines.length)
  assert.equal(before, 3)
  assert.deepEqual(inference.heard.slice(0, 3), inOne.slice(0, 3))
  assert.ok(inference.heard.length <= inOne.length + 1, `${inference.heard.length} instead of ${inOne.length}`)
  await again.forget()
})

test('what another model heard is not taken over', async () => {
  await listening(70)(ASSET, { model: { name: 'm@1' }, signal: never })
  inference.heard.length = 0
  const { transcript, forget } = await listening(70)(ASSET, { model: { name: 'other@1' }, signal: never })
  assert.equal(transcript.origin.from, 'other@1')
  assert.ok(inference.heard.length > 0)
  await forget()
})

async function piecesOf(name: string, demuxer: string, fromMs = 0, toMs = 600_000): Promise<SoundPiece[]> {
  const bytes = await readFile(join(folder, name))
  return door.lend(async function* ({ start, end }) { yield bytes.subarray(start, end) }, bytes.length, async (url) => {
    const pieces: SoundPiece[] = []
    for await (const piece of reader.sound({ url, demuxer, fromMs, toMs }, never)) pieces.push(piece)
    return pieces
  })
}

/** Seconds at which it begins and ends to be loud. */
function loudIn(pieces: readonly SoundPiece[]): [from: number, to: number] {
  const loud = pieces.flatMap(({ fromMs, samples }) => [...samples.keys()].filter((i) => Math.abs(samples[i]!) > 0.05).map((i) => fromMs / 1000 + i / RATE))
  return [Math.min(...loud.slice(0, 1)), loud.at(-1)!]
}

test('sound keeps its place: from anywhere in a file, after a hole, and beside pictures that begin earlier', async () => {
  ffmpeg('-f', 'lavfi', '-i', 'aevalsrc=if(between(t\\,12\\,13)\\,0.5*sin(2000*t)\\,0):s=44100:d=25', '-ac', '2', '-c:a', 'aac', join(folder, 'tone.mp4'))
  for (const from of [0, 7_300, 11_950]) {
    const pieces = await piecesOf('tone.mp4', 'mov', from)
    assert.ok(Math.abs(pieces[0]!.fromMs - from) < 1)
    assert.ok(pieces.every(({ samples }) => samples.length <= PIECE_MS * RATE / 1000))
    const [begin, end] = loudIn(pieces)
    assert.ok(Math.abs(begin - 12) < 0.06 && Math.abs(end - 13) < 0.06, `${from}: ${begin} to ${end}`)
  }
  ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=64x64:r=10:d=20', '-itsoffset', '4', '-f', 'lavfi', '-i', 'sine=f=300:d=3', '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', join(folder, 'late.mkv'))
  const [late] = loudIn(await piecesOf('late.mkv', 'matroska'))
  assert.ok(Math.abs(late - 4) < 0.06, `${late}`)
  ffmpeg('-f', 'lavfi', '-i', 'sine=f=300:d=12', '-af', "aselect='not(between(t,2,9))'", '-c:a', 'pcm_s16le', join(folder, 'hole.mkv'))
  const [, over] = loudIn(await piecesOf('hole.mkv', 'matroska'))
  assert.ok(Math.abs(over - 12) < 0.2, `${over}`)
})

test('a file that claims sound in hours is not listened to for hours', async () => {
  ffmpeg('-f', 'lavfi', '-i', 'sine=f=300:d=4', '-af', "asetpts='PTS+if(gt(T,2),360000000/TB/1000,0)'", '-c:a', 'pcm_s16le', join(folder, 'claims.mkv'))
  const pieces = await piecesOf('claims.mkv', 'matroska', 0, 64_000)
  assert.ok(pieces.reduce((sum, { samples }) => sum + samples.length, 0) <= 64 * RATE)
})

test('what can not be read says why', async () => {
  ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=64x64:r=10:d=1', '-c:v', 'libx264', '-preset', 'ultrafast', join(folder, 'mute.mp4'))
  await assert.rejects(piecesOf('mute.mp4', 'mov'), /there is no sound in it/)
})

test.run()
