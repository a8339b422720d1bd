// needs: ffmpeg perl
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { AssetList, CameraTranscript, JobList, MomentList, RecordingList, RecordingSpan, SceneList, TranscriptState } from '#protocols/http.ts'
import { buildScriptedWhisper, WHISPER_SCRIPT } from '../../../support/models/scripted-whisper.ts'
import { type NodeProcess, run, TestRing } from '../../../support/processes.ts'
import { until } from '../../../support/until.ts'
import { ffmpeg } from '../../../support/ffmpeg.ts'
import { captionFilm } from './caption-films.ts'
import { spokenSound, VOWELS, writeWav } from './spoken-sound.ts'

const test = suite('speech on real nodes')

let ring: TestRing
let folder: string
/** Only one of them has a model for what is said; speech itself both find. */
let deaf: NodeProcess
let hearing: NodeProcess

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thatdam-speech-'))
  await buildScriptedWhisper(join(folder, 'models', 'whisper-base'))
  writeWav(join(folder, 'spoken.wav'), spokenSound(40, [8, 30]))
  ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=160x90:r=10:d=40', '-i', join(folder, 'spoken.wav'), '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-shortest', join(folder, 'spoken.mp4'))
  ffmpeg('-f', 'lavfi', '-i', 'anoisesrc=d=10:c=pink:a=0.2:seed=7', '-c:a', 'flac', join(folder, 'noise.flac'))
  ring = await TestRing.create()
  deaf = await ring.begin('birch', { flags: ['--model-hub', 'none', '--inference-provider', 'cpu'] })
})
test.after(async () => {
  await ring?.end()
  await rm(folder, { recursive: true, force: true })
})

async function add(name: string): Promise<string> {
  const added = await run('import', '--node', deaf.url, '--json', join(folder, name))
  assert.equal(added.code, 0, added.stderr)
  return until(async () => (await ring.get<AssetList>(`${deaf.url}/api/v1/assets?limit=100`)).assets.find((asset) => asset.name === name)?.id, `${name} is in`)
}

const stateOf = (node: NodeProcess, id: string): Promise<TranscriptState> => ring.get<TranscriptState>(`${node.url}/api/v1/assets/${id}/transcript`)

test('without a model nothing is made up: the answer says which one is missing, and how to get it', async () => {
  const id = await add('spoken.mp4')
  await until(async () => (await stateOf(deaf, id)).state === 'off', 'captions were looked for')
  const { transcript, reason } = await stateOf(deaf, id)
  assert.equal(transcript, null)
  assert.match(reason ?? '', /thatdam models pull whisper-base/)
})

test('the first node that has the model listens; lines stand where somebody speaks, and every node answers them', async () => {
  hearing = await ring.begin('alder', { flags: ['--model-hub', 'none', '--models', join(folder, 'models')] })
  const id = await add('spoken.mp4')
  const { transcript, versions } = await until(async () => {
    const state = await stateOf(deaf, id)
    return state.transcript === null ? undefined : state
  }, 'it was listened to', 90_000)
  assert.deepEqual([versions, transcript!.origin, transcript!.language, transcript!.languages.length], [['whisper-base@main'], { kind: 'model', from: 'whisper-base@main' }, 'en', 1])
  assert.equal(transcript!.lines.length, 2)
  for (const [i, begin] of [8_000, 30_000].entries()) {
    const { fromMs, toMs, words, text } = transcript!.lines[i]!
    assert.ok(fromMs > begin + VOWELS.fromMs - 600 && toMs < begin + VOWELS.toMs + 600, `${fromMs} to ${toMs}`)
    assert.equal(text, words.map((word) => word.text).join(' '))
    assert.ok(words.length > 0 && WHISPER_SCRIPT.join(' ').includes(text), text)
    assert.ok(words.every((word) => word.fromMs >= fromMs && word.toMs <= toMs))
  }
  await until(async () => {
    const { jobs } = await ring.get<JobList>(`${hearing.url}/api/v1/jobs?kind=transcribe`)
    return String(jobs.filter(({ kind }) => kind === 'transcribe').map(({ title, state }) => [title, state])) === 'spoken.mp4,done'
  }, 'its job says that it is done')
})

test('what is said stands in the scenes of the film, too', async () => {
  const id = await add('spoken.mp4')
  const { scenes } = await until(async () => {
    const list = await ring.get<SceneList>(`${hearing.url}/api/v1/assets/${id}/scenes`)
    return list.scenes.length > 0 ? list : undefined
  }, 'the film was looked at', 90_000)
  assert.equal(scenes.flatMap(({ speech }) => speech).length, 2)
})

test('words that are said find the second at which they are, from any node', async () => {
  const id = await add('spoken.mp4')
  const [line] = (await stateOf(deaf, id)).transcript!.lines
  for (const node of [deaf, hearing]) {
    const moment = await until(async () => {
      const { found } = await ring.get<MomentList>(`${node.url}/api/v1/search?q=${encodeURIComponent(line!.text)}&sense=speech`)
      return found.find(({ subject }) => subject.id === id)?.moments.find(({ fromMs }) => fromMs === line!.fromMs)
    }, `${node.name} finds it`, 90_000)
    assert.deepEqual([moment.toMs, moment.level, moment.why.map(({ sense }) => sense)], [line!.toMs, 1, ['speech']])
  }
})

test('where nobody speaks there is no line, and nothing is asked of the model that writes words', async () => {
  const id = await add('noise.flac')
  const { transcript } = await until(async () => {
    const state = await stateOf(hearing, id)
    return state.transcript === null ? undefined : state
  }, 'it was listened to', 90_000)
  assert.deepEqual([transcript!.lines, transcript!.language, transcript!.languages], [[], '', []])
})

test('where captions came with a film nobody listens, until a person asks', async () => {
  captionFilm(folder, 'inside.mkv', 'subrip')
  const id = await add('inside.mkv')
  const { transcript } = await until(async () => {
    const state = await stateOf(hearing, id)
    return state.transcript === null ? undefined : state
  }, 'captions were found', 90_000)
  assert.deepEqual([transcript!.origin.kind, (await stateOf(hearing, id)).state], ['captions', 'made'])
  await ring.send('POST', `${deaf.url}/api/v1/assets/${id}/transcript`, {})
  await until(async () => (await stateOf(deaf, id)).versions.join() === 'original,whisper-base@main', 'it was listened to, too', 90_000)
})

test('what is said before a camera is found by its words from every node, with when it was, once it was recorded', async () => {
  const wav = join(folder, 'stage.wav')
  writeWav(wav, spokenSound(40, [3, 8, 13, 18, 23, 28, 33])) // the detector is not sure of every one
  ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=160x90:r=10:d=40', '-i', wav, '-af', 'volume=10dB', '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', join(folder, 'stage.mp4'))
  const peer = await ring.peer([{ name: 'Stage', source: `file:${join(folder, 'stage.mp4')}` }], deaf)
  const fromMs = Date.now() - 60_000
  const recorded = async (): Promise<RecordingSpan | undefined> => (await ring.get<RecordingList>(`${deaf.url}/api/v1/cameras/stage/recordings?from=${fromMs}`)).spans[0]
  await until(async () => { const span = await recorded(); return span !== undefined && span.endMs - span.startMs > 30_000 }, 'half a minute is recorded', 120_000)
  await peer.stop()
  for (const node of [deaf, hearing]) {
    const moments = await until(async () => {
      const { found } = await ring.get<MomentList>(`${node.url}/api/v1/search?${new URLSearchParams({ q: WHISPER_SCRIPT[0]!, sense: 'speech', within: 'camera:stage' })}`)
      return found[0]?.moments.toSorted((a, b) => a.fromMs - b.fromMs)
    }, `${node.name} finds what was said`, 120_000)
    const span = (await recorded())!
    const { lines, heard, reason } = await ring.get<CameraTranscript>(`${node.url}/api/v1/cameras/stage/transcript?from=${fromMs}`)
    assert.equal(reason, null)
    for (const line of lines) {
      assert.ok(WHISPER_SCRIPT.join(' ').includes(line.text), line.text)
      const intoFiveMs = (line.fromMs - lines[0]!.fromMs + 2_500) % 5_000 - 2_500
      assert.ok(Math.abs(intoFiveMs) < VOWELS.toMs - VOWELS.fromMs + 800, 'every five seconds, as in the film')
    }
    for (const moment of moments) assert.ok(lines.some((line) => line.fromMs === moment.fromMs && line.toMs === moment.toMs) && moment.fromMs > span.startMs && moment.toMs < span.endMs, 'a moment is a line')
    assert.ok(heard.length === 1 && Math.abs(heard[0]!.fromMs - span.startMs) < 2 && Math.abs(heard[0]!.toMs - span.endMs) < 2, 'all that is recorded was listened to')
  }
})

test.run()
