// needs: ffmpeg blender
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import { blenderOf } from '../../node/understanding/motion/export/blender.ts'
import type { CameraMotion } from '../../node/understanding/motion/export/camera-motion.ts'
import { findMotion } from '../../node/understanding/motion/film/find-motion.ts'
import { NO_AREAS } from '../../node/understanding/motion/motion.ts'
import { FILM, makeMovingFilm, SQUARE, squareAt } from '../support/moving-film.ts'

const test = suite('what moved, in Blender')
const run = promisify(execFile)
/** Blender reads fonts and settings of its own for a while on a busy machine, in ms. */
const BLENDER_MS = 180_000
let dir: string

/** What Blender itself says of the file it saved. */
const READ_BACK = `
import bpy, json, os
def track(t):
    return {'name': t.name, 'markers': [[m.frame, m.co[0], m.co[1], m.pattern_corners[2][0]] for m in t.markers if not m.mute]}
def empty(o):
    return {'name': o.name, 'type': o.type, 'at': {f: [o.animation_data.action.fcurves.find('location', index=i).evaluate(f) for i in range(3)] for f in (51, 76, 101)}}
json.dump({
    'fps': bpy.context.scene.render.fps / bpy.context.scene.render.fps_base, 'end': bpy.context.scene.frame_end,
    'clips': [{'name': c.name, 'fps': c.fps, 'start': c.frame_start, 'size': list(c.size), 'duration': c.frame_duration, 'tracks': [track(t) for t in c.tracking.tracks]} for c in bpy.data.movieclips],
    'collections': {c.name: [empty(o) for o in c.objects] for c in bpy.data.collections if len(c.objects) and c.name.endswith('.mp4')},
    'markers': [[m.frame, m.name] for m in bpy.context.scene.timeline_markers],
}, open(os.environ['READ_BACK'], 'w'))
`

interface ReadBack {
  readonly fps: number
  readonly end: number
  readonly clips: ReadonlyArray<{ name: string; fps: number; start: number; size: number[]; duration: number; tracks: ReadonlyArray<{ name: string; markers: ReadonlyArray<[frame: number, x: number, y: number, halfWidth: number]> }> }>
  readonly collections: Readonly<Record<string, ReadonlyArray<{ name: string; type: string; at: Record<string, number[]> }>>>
  readonly markers: ReadonlyArray<[frame: number, name: string]>
}

test.before(async () => { dir = await mkdtemp(join(tmpdir(), 'thatdam-blender-')) })
test.after(() => rm(dir, { recursive: true, force: true }))

function cameraOf(name: string, role: CameraMotion['role'], offsetMs: number, features: boolean, turn = 0): CameraMotion {
  return { asset: name, name, role, turn, offsetMs, driftPpm: 0, motion: findMotion({ url: join(dir, name), demuxer: 'mov', turn, seconds: FILM.seconds, options: { ...NO_AREAS, features } }, () => {}) }
}

async function blender(...args: string[]): Promise<string> {
  const { stdout, stderr } = await run('blender', ['-b', '--factory-startup', '--python-exit-code', '3', ...args], { timeout: BLENDER_MS, env: { ...process.env, HOME: dir, READ_BACK: join(dir, 'read.json') } })
  return stdout + stderr
}

test('the script makes a clip for the hero and one for the witness, with tracks, markers and an empty for each thing, where the things are', async () => {
  await makeMovingFilm(join(dir, 'hero.mp4'))
  await makeMovingFilm(join(dir, 'witness.mp4'), { delaySeconds: 0.4 }) // it began 0.4 s later, so that everything is earlier in it
  const cameras = [cameraOf('hero.mp4', 'hero', 0, true), cameraOf('witness.mp4', 'witness', 400, false)]
  await writeFile(join(dir, 'script.py'), blenderOf(cameras))
  await writeFile(join(dir, 'read.py'), READ_BACK)
  const said = await blender('-P', join(dir, 'script.py'), '--', '--save', join(dir, 'out.blend'))
  assert.ok((await stat(join(dir, 'out.blend'))).size > 10_000, said)
  await blender(join(dir, 'out.blend'), '-P', join(dir, 'read.py'))
  const { fps, end, clips, collections, markers } = JSON.parse(await readFile(join(dir, 'read.json'), 'utf8')) as ReadBack

  assert.deepEqual([fps, end], [FILM.rate, FILM.seconds * FILM.rate + 10])
  assert.deepEqual(clips.map(({ name, start, size, duration }) => [name, start, size, duration]), [['hero.mp4', 1, [FILM.width, FILM.height], 150], ['witness.mp4', 11, [FILM.width, FILM.height], 150]])
  const thing = clips[0]!.tracks.find(({ name }) => name === 'thing 1')!
  const points = clips[0]!.tracks.filter(({ name }) => name.startsWith('point'))
  assert.equal(points.length, cameras[0]!.motion.features.length)
  assert.ok(points.length > 20 && points.every(({ markers: each }) => each.length >= 10), `${points.length} points`)
  assert.ok(thing.markers.length > 100, `${thing.markers.length} pictures in a row`)
  const [frame, x, y, halfWidth] = thing.markers.find(([each]) => each === 76)!
  const middle = [(squareAt(3)[0] + SQUARE.side / 2) / FILM.width, 1 - (SQUARE.top + SQUARE.side / 2) / FILM.height]
  assert.ok(Math.abs(x - middle[0]!) < 0.02 && Math.abs(y - middle[1]!) < 0.02 && Math.abs(halfWidth - SQUARE.side / 2 / FILM.width) < 0.01, `frame ${frame}: ${x} ${y} ${halfWidth}, truly ${middle.join(' ')}`)
  assert.deepEqual(Object.keys(collections), ['hero.mp4', 'witness.mp4'])
  const [hero, witness] = [collections['hero.mp4']![0]!, collections['witness.mp4']![0]!]
  assert.deepEqual([hero.type, witness.type], ['EMPTY', 'EMPTY'])
  for (const at of ['51', '76', '101']) {
    const truth = (squareAt((Number(at) - 1) / FILM.rate)[0] + SQUARE.side / 2) / FILM.width - 0.5
    assert.ok(Math.abs(hero.at[at]![0]! - truth) < 0.02, `hero at ${at}`)
    assert.ok(Math.abs(witness.at[at]![0]! - hero.at[at]![0]!) < 0.02, 'both cameras show the same thing at the same place at the same moment')
  }
  assert.deepEqual(markers.filter(([, name]) => name === 'motion begins').map(([each]) => each).length, 2)
  assert.ok(markers.some(([each, name]) => name === 'motion begins' && Math.abs(each - 26) <= 5))
})

/** Says of a film with one track of pictures, of this height, that it is to be turned clockwise by 90 degrees: in its header, as phones do. */
async function turn(from: string, to: string): Promise<void> {
  const bytes = await readFile(from)
  const matrix = bytes.indexOf('tkhd') + 40
  for (const [at, value] of [0, 0x10000, 0, -0x10000, 0, 0, FILM.height * 0x10000, 0, 0x40000000].entries()) bytes.writeInt32BE(value, matrix + at * 4)
  await writeFile(to, bytes)
}

test('in a film that lies on its side, and in one whose pictures come unevenly, tracks are where Blender shows the thing', async () => {
  await makeMovingFilm(join(dir, 'hero.mp4'))
  await turn(join(dir, 'hero.mp4'), join(dir, 'turned.mp4'))
  await run('ffmpeg', ['-v', 'error', '-y', '-i', join(dir, 'hero.mp4'), '-vf', "select='lt(t,2)+not(mod(n,4))'", '-fps_mode', 'vfr', join(dir, 'uneven.mp4')])
  const cameras = [cameraOf('turned.mp4', 'hero', 0, false, 90), cameraOf('uneven.mp4', 'witness', 0, false)]
  assert.deepEqual(cameras.map(({ motion: { width, height } }) => [width, height]), [[FILM.height, FILM.width], [FILM.width, FILM.height]])
  await writeFile(join(dir, 'odd.py'), blenderOf(cameras))
  await writeFile(join(dir, 'read.py'), READ_BACK)
  await blender('-P', join(dir, 'odd.py'), '--', '--save', join(dir, 'odd.blend'))
  await blender(join(dir, 'odd.blend'), '-P', join(dir, 'read.py'))
  const { clips } = JSON.parse(await readFile(join(dir, 'read.json'), 'utf8')) as ReadBack
  for (const seconds of [1.6, 3, 4.4]) {
    const lies = [(squareAt(seconds)[0] + SQUARE.side / 2) / FILM.width, 1 - (SQUARE.top + SQUARE.side / 2) / FILM.height] as const
    for (const { name, size: [wide = 0, high = 0], fps, tracks } of clips) {
      const truth = wide > high ? lies : [1 - SQUARE.top / FILM.height - SQUARE.side / 2 / FILM.height, 1 - lies[0]] as const // Blender turned it
      const [, x, y] = tracks.find((track) => track.name === 'thing 1')!.markers.find(([frame]) => frame === Math.round(seconds * fps) + 1) ?? assert.fail(`${name} has no place at ${seconds} s`)
      assert.ok(Math.abs(x - truth[0]) < 0.03 && Math.abs(y - truth[1]) < 0.03, `${name} at ${seconds} s, ${fps} a second: ${x} ${y}, truly ${truth.join(' ')}`)
    }
  }
})

test('without the film the script says where to put it, and makes the rest', async () => {
  const far = { ...cameraOf('hero.mp4', 'hero', 0, false), name: "it's \"not\" here.mp4" }
  await writeFile(join(dir, 'alone.py'), blenderOf([far as CameraMotion]))
  assert.match(await blender('-P', join(dir, 'alone.py'), '--', '--save', join(dir, 'alone.blend')), /is not beside this script: give its path after --/)
  assert.ok((await stat(join(dir, 'alone.blend'))).size > 10_000)
})

test.run()
