import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import { SoundIndex } from '../../../../node/understanding/takes/sound-index.ts'
import { decodePrint, encodePrint, printOf, soundPrint } from '../../../../node/understanding/takes/sound-print.ts'
import { syncSound, type SyncSource } from '../../../../node/understanding/takes/sync-sound.ts'
import { type Microphone, music, recorded, speech, writeWav } from '../../../support/sound-scene.ts'
import { randomOf } from '../../../support/random.ts'

const test = suite<{ folder: string; wide: SyncSource; phone: SyncSource; other: SyncSource }>('what two recordings heard')

test.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'thatdam-sync-'))
  const [talk, another] = [speech(randomOf(31), 46), speech(randomOf(32), 26)]
  const write = async (name: string, scene: Float32Array, seed: number, microphone: Microphone): Promise<SyncSource> => {
    await writeWav(join(context.folder, name), recorded(scene, randomOf(seed), microphone))
    return { url: join(context.folder, name), demuxer: 'wav', seconds: microphone.seconds }
  }
  context.wide = await write('wide.wav', talk, 33, { from: 0, seconds: 42, colour: true, snr: 20 })
  context.phone = await write('phone.wav', talk, 34, { from: 11.37, seconds: 34, reverb: 0.4, snr: 0, driftPpm: 80 })
  context.other = await write('other.wav', another, 35, { from: 0, seconds: 26, colour: true, snr: 20 })
})
test.after(async ({ folder }) => { await rm(folder, { recursive: true, force: true }) })

test('two of one moment are put in step within a millisecond and a few millionths, through noise, another room and a clock that drifts', async ({ wide, phone }) => {
  const sync = await syncSound(wide, phone, () => {})
  assert.ok(sync.found)
  assert.ok(Math.abs(sync.offsetMs - 11_370) < 1, String(sync.offsetMs))
  assert.ok(Math.abs(sync.driftPpm + 80) < 5, String(sync.driftPpm))
  assert.ok(sync.agree >= 4 && sync.confidence > 0.3)
})

test('the other way round they lie the other way round', async ({ wide, phone }) => {
  const sync = await syncSound(phone, wide, () => {})
  assert.ok(sync.found && Math.abs(sync.offsetMs + 11_370) < 2, JSON.stringify(sync))
})

test('films whose sound ends long before their pictures do are put in step by what sound there is', async ({ wide, phone }) => {
  const sync = await syncSound({ ...wide, seconds: 200 }, { ...phone, seconds: 170 }, () => {})
  assert.ok(sync.found && Math.abs(sync.offsetMs - 11_370) < 1 && sync.agree >= 4, JSON.stringify(sync))
})

test('of two moments nothing is said', async ({ wide, other }) => {
  const sync = await syncSound(wide, other, () => {})
  assert.ok(!sync.found && sync.reason.length > 20)
})

test('landmarks lead from one recording to the other among many, and not to others', async ({ wide, phone, other }) => {
  const index = new SoundIndex()
  for (let i = 0; i < 6; i++) index.add(`music ${i}`, await printOf(music(randomOf(40 + i), 15).filter((_, at) => at % 6 === 0)))
  for (const [name, source] of Object.entries({ wide, other })) index.add(name, decodePrint(await soundPrint(source, () => {})))
  const [match, ...more] = index.match(decodePrint(await soundPrint(phone, () => {})), 5)
  assert.equal(match?.clip, 'wide')
  assert.ok(Math.abs(match.offset - 11.37) < 0.3, String(match.offset))
  assert.ok(more.every(({ votes }) => votes < match.votes / 2))
  index.remove('wide')
  assert.ok(!index.match(decodePrint(await soundPrint(phone, () => {})), 5).some(({ clip }) => clip === 'wide'))
})

test('an index that is full keeps a part of every recording, and still finds them', async ({ wide, phone }) => {
  const pairs = decodePrint(await soundPrint(wide, () => {}))
  const index = new SoundIndex(pairs.length / 2)
  index.add('wide', pairs)
  assert.ok(index.size <= pairs.length / 2 && index.size > pairs.length / 8)
  assert.equal(index.match(decodePrint(await soundPrint(phone, () => {})), 5)[0]?.clip, 'wide')
})

test('landmarks are written and read as they are, silence between them included, and whatever bytes there are', () => {
  const pairs = [{ hash: 1, hop: 0 }, { hash: 2 ** 22 - 2, hop: 3 }, { hash: 77, hop: 100_000 }]
  assert.deepEqual(decodePrint(encodePrint(pairs)), pairs)
  assert.equal(decodePrint(new Uint8Array(4 * 1_000 + 3).fill(255)).length, 0)
})

test.run()
