// needs: ffmpeg
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Box } from '../../../../node/understanding/analysis/analysis.ts'
import { OBJECTS_MODEL } from '../../../../node/understanding/inference/objects/objects-model.ts'
import type { FoundObject, Picture } from '../../../../node/understanding/inference/inference.ts'
import type { ModelProcess } from '../../../../node/understanding/inference/model-process.ts'
import { type Motion, NO_AREAS } from '../../../../node/understanding/motion/motion.ts'
import { createTrackNames } from '../../../../node/understanding/motion/track-names.ts'
import { AnalysisRing } from '../../../support/analysis-ring.ts'
import { layOut, openPackaged } from '../../../support/models/packaged.ts'

interface Context { dir: string; ring: AnalysisRing; model: ModelProcess }
const test = suite<Context>('what things that move are')
/** Photographs of faces, in rows, 800 by 718, that come with a package. */
const PEOPLE = join(import.meta.dirname, '../../../../node_modules/@vladmandic/human/assets/screenshot-facedetect.jpg')
/** Where one of them is at 1 s, and one at 2 s, when all have moved to the right: with something around it, as motion is found. */
const PLACES: ReadonlyArray<readonly [atMs: number, box: Box]> = [[1_000, [0.35, 0.45, 0.16, 0.26]], [2_000, [0.72, 0.45, 0.16, 0.26]]]

test.before(async (context) => {
  context.dir = await mkdtemp(join(tmpdir(), 'thatdam-names-'))
  const film = join(context.dir, 'film.mp4')
  execFileSync('/usr/bin/ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'color=c=gray:s=1280x720:r=10:d=3', '-loop', '1', '-i', PEOPLE, '-filter_complex', "[1]scale=800:720[p];[0][p]overlay=x='if(lt(t,1.5),0,480)':y=0:shortest=1", '-t', '3', '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', film])
  context.ring = await AnalysisRing.create()
  await context.ring.importer.importFile(film)
  await layOut(OBJECTS_MODEL, join(context.dir, 'model'))
  context.model = await openPackaged(OBJECTS_MODEL, join(context.dir, 'model'))
})
test.after(async ({ dir, ring, model }) => {
  await model.end()
  await ring.end()
  await rm(dir, { recursive: true })
})

const track = (id: number, atMs: number, box: Box) => ({ id, bestMs: atMs, zones: [], points: [{ atMs: atMs - 100, box: [0, 0, 0.1, 0.1] as Box, isSeen: true }, { atMs, box, isSeen: true }] })
const motionOf = (tracks: Motion['tracks']): Motion => ({ options: { ...NO_AREAS, features: false }, durationMs: 3_000, framesPerSecond: 10, width: 1280, height: 720, samples: [], stretches: [], tracks, features: [], notes: [] })
const options = { signal: new AbortController().signal }
const film = ({ ring }: Context) => [...ring.library.assets.values()][0]!

test('a person who moves is called one, and what moves where no object is stays a thing', async (context) => {
  const { ring: { looking }, model } = context
  const findObjects = async (picture: Picture): Promise<FoundObject[]> => [...(await model.run('find-objects', [picture]))[0]!]
  const names = createTrackNames({ looking, inference: { whyNot: () => undefined, findObjects } })
  const [[first, at], [second, then]] = PLACES as [typeof PLACES[number], typeof PLACES[number]]
  const { tracks, notes } = await names.named(film(context), motionOf([track(1, second, then), track(2, first, at), track(3, first, [0.8, 0.45, 0.15, 0.2])]), options)
  assert.equal(tracks.map(({ label }) => label), ['person', 'person', undefined])
  assert.ok(tracks[0]!.confidence! > 0.3)
  assert.equal(notes, [])
})

test('without a model, or when it fails, where things went is kept, and why they have no names is said', async (context) => {
  const { ring: { looking } } = context
  const motion = motionOf([track(1, 1_000, PLACES[0]![1])])
  const fails = async (): Promise<never> => { throw new Error('it died') }
  for (const [inference, why] of [[{ whyNot: () => 'no model for objects is known', findObjects: fails }, 'no model for objects is known'], [{ whyNot: () => undefined, findObjects: fails }, 'it died']] as const) {
    assert.equal(await createTrackNames({ looking, inference }).named(film(context), motion, options), { ...motion, notes: [`What they are is not said: ${why}`] })
  }
  const stopped = AbortSignal.abort(new Error('stopped'))
  await createTrackNames({ looking, inference: { whyNot: () => undefined, findObjects: fails } }).named(film(context), motion, { signal: stopped }).then(() => assert.unreachable(), (err: Error) => assert.is(err.message, 'stopped'))
})

test('where nothing moved nothing is looked at', async (context) => {
  const looking = { pictures: async (): Promise<never> => { throw new Error('nobody asked') } }
  const motion = motionOf([])
  assert.is(await createTrackNames({ looking, inference: { whyNot: () => 'none', findObjects: async () => [] } }).named(film(context), motion, options), motion)
})

test.run()
