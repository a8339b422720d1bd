// needs: ffmpeg
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { JobList, ModelList, SceneList, UnderstandingView } from '#protocols/http.ts'
import { plant } from '../support/models/planted.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'

const test = suite('films on two nodes, looked at and read by a model')

let ring: TestRing
let alder: NodeProcess
let birch: NodeProcess
let film: string

/** Seconds of colours, one after the other, with grain and a tone, in H.264. */
async function filmOf(name: string, ...colours: string[]): Promise<Uint8Array<ArrayBuffer>> {
  const path = join(ring.dir, name)
  const inputs = colours.flatMap((colour) => ['-f', 'lavfi', '-i', `color=c=${colour}:s=640x360:r=25:d=2,noise=alls=10:allf=t`])
  execFileSync('/usr/bin/ffmpeg', ['-v', 'error', '-y', ...inputs, '-f', 'lavfi', '-i', `sine=f=440:d=${colours.length * 2}`, '-filter_complex', `${colours.map((_, i) => `[${i}:v]`).join('')}concat=n=${colours.length}:v=1[v]`, '-map', '[v]', '-map', `${colours.length}:a`, '-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', path])
  return new Uint8Array(await readFile(path))
}

/** A node that knows a model of colours, and nothing else that it could fetch. */
async function begin(name: string): Promise<NodeProcess> {
  await mkdir(join(ring.dir, name, 'models'), { recursive: true })
  const manifest = await plant('colour-clip', join(ring.dir, name, 'models/colour-clip'))
  await writeFile(join(ring.dir, name, 'models/colour-clip.json'), JSON.stringify(manifest))
  return ring.begin(name, { flags: ['--model-hub', 'none', '--inference-provider', 'cpu'] })
}

const scenesOf = (id: string, via: NodeProcess): Promise<SceneList> => ring.get(`${via.url}/api/v1/assets/${id}/scenes`)
const understanding = (via: NodeProcess): Promise<UnderstandingView> => ring.get(`${via.url}/api/v1/understanding`)
const put = (via: NodeProcess, body: object): Promise<UnderstandingView> => ring.send('PUT', `${via.url}/api/v1/understanding`, body)

async function add(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const { results: [result] } = await ring.upload(alder, name, bytes)
  assert.ok(result?.assetId, result?.reason ?? name)
  return result.assetId
}

/** Mean red, green and blue of a JPEG. */
function meanOf(jpeg: Uint8Array): number[] {
  return [...execFileSync('/usr/bin/ffmpeg', ['-v', 'error', '-i', '-', '-vf', 'scale=1:1:flags=area', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'], { input: jpeg })]
}

test.before(async () => {
  ring = await TestRing.create()
  alder = await begin('alder')
  birch = await begin('birch')
  await ring.together(2)
  const { tasks } = await ring.send<ModelList>('PUT', `${alder.url}/api/v1/models/use`, { task: 'embed-pictures', model: 'colour-clip' })
  assert.equal(tasks.find(({ task }) => task === 'embed-pictures')?.model, 'colour-clip')
})
test.after(() => ring?.end())

test('its scenes, key pictures and what they are like are told by both nodes, whoever looked', async () => {
  film = await add('three.mp4', await filmOf('three.mp4', '0xE61E1E', '0x1EC828', '0x1E32DC'))
  await put(alder, { vocabulary: ['red', 'green', 'blue', 'a dog'] })
  for (const node of [alder, birch]) {
    const { scenes } = await until(async () => {
      const list = await scenesOf(film, node)
      return list.scenes.length === 3 && list.scenes.every(({ tags }) => tags.length > 0) && list.waiting.every(({ what }) => what !== 'vectors') ? list : undefined
    }, `${node.name} tells of its scenes`, 120_000)
    assert.deepEqual(scenes.map(({ begins, fromMs, toMs }) => [begins, fromMs, toMs]), [['start', 0, 2000], ['cut', 2000, 4000], ['cut', 4000, scenes[2]?.toMs]])
    assert.deepEqual(scenes.map(({ tags }) => tags[0]?.name), ['red', 'green', 'blue'])
    for (const [i, { heroMs, fromMs, toMs, palette }] of scenes.entries()) {
      assert.ok(heroMs >= fromMs && heroMs < toMs, `hero ${heroMs} of ${fromMs}–${toMs}`)
      assert.match(palette[0] ?? '', [/^#[c-f]./, /^#.{2}[b-e]./, /^#.{4}[b-f]./][i]!)
    }
  }
})

test('the picture of a moment is a JPEG of it, from either node; one that the film has not is refused', async () => {
  for (const node of [alder, birch]) {
    const red = await ring.bytes(`${node.url}/api/v1/assets/${film}/picture?at=1000&size=160`)
    const blue = await ring.bytes(`${node.url}/api/v1/assets/${film}/picture?at=5000`)
    assert.deepEqual([red.subarray(0, 3).toString('hex'), blue.subarray(0, 3).toString('hex')], ['ffd8ff', 'ffd8ff'])
    assert.ok(meanOf(red)[0]! > 180 && meanOf(red)[2]! < 80, `red is ${meanOf(red)}`)
    assert.ok(meanOf(blue)[2]! > 160 && meanOf(blue)[0]! < 90, `blue is ${meanOf(blue)}`)
  }
  const late = await fetch(`${alder.url}/api/v1/assets/${film}/picture?at=60000`)
  assert.equal(late.status, 400)
  assert.match(await late.text(), /this film has 6\d{3} ms/)
})

test('a file that is damaged fails alone, with its reason; the next one is understood', async () => {
  const whole = await filmOf('whole.mp4', '0x1E32DC')
  const damaged = await filmOf('damaged.mp4', '0x1EC828', '0xE61E1E')
  const from = Buffer.from(damaged).indexOf('mdat')
  for (let at = from + 4; at < damaged.length - 20_000; at++) damaged[at] = (at * 2_654_435_761) >>> 24
  const bad = await ring.upload(alder, 'damaged.mp4', damaged)
  const good = await add('whole.mp4', whole)
  await until(async () => (await scenesOf(good, alder)).scenes.length === 1, 'the good one is looked at', 120_000)
  const { assetId, outcome } = bad.results[0]!
  if (assetId === null) return assert.equal(outcome, 'refused', 'it was not even taken in')
  const { scenes, waiting } = await until(async () => {
    const list = await scenesOf(assetId, alder)
    return list.scenes.length > 0 || list.waiting.some(({ why }) => !/turn|makes it/.test(why)) ? list : undefined
  }, 'the damaged one is known as such', 120_000)
  assert.ok(scenes.length > 0 || waiting.length > 0)
})

test('how much is understood is counted, and what is off says why', async () => {
  const view = await until(async () => {
    const now = await understanding(alder)
    const [looked, read] = ['analyse', 'embed-pictures'].map((name) => now.tasks.find(({ task }) => task === name))
    return looked!.done >= 2 && read!.done === looked!.done && now.coverage.understoodMs >= 8_000 ? now : undefined
  }, 'all that can be is understood', 120_000)
  assert.equal(view.tasks.find(({ task }) => task === 'embed-pictures')?.model, 'colour-clip@1')
  assert.match(view.coverage.text, /^\d+ % of \d+ s understood$/)
  const captions = view.tasks.find(({ task }) => task === 'describe-pictures')
  assert.match(captions?.why ?? '', /not on this node: thatdam models pull/)
  assert.equal(view.faces, false)
  assert.match(view.tasks.find(({ task }) => task === 'find-faces')?.why ?? '', /nobody agreed/)
})

test('faces are looked for when people agreed, and forgotten on every node when they take that back', async () => {
  const found = async (via: NodeProcess): Promise<UnderstandingView['tasks'][number] | undefined> => (await understanding(via)).tasks.find(({ task }) => task === 'find-faces')
  assert.equal((await found(alder))?.done, 0)
  assert.equal((await put(birch, { faces: true })).faces, true)
  await until(async () => (await found(alder))!.done >= 2 && (await found(birch))!.done >= 2, 'they are looked for', 240_000)
  await put(alder, { faces: false })
  await until(async () => (await found(alder))!.done === 0 && (await found(birch))!.done === 0, 'they are gone', 120_000)
})

test('the vocabulary is the ring\'s: tags change on both nodes', async () => {
  await put(birch, { vocabulary: ['magenta', 'blue', 'yellow'] })
  for (const node of [alder, birch]) {
    await until(async () => {
      const { scenes } = await scenesOf(film, node)
      return JSON.stringify(scenes.map(({ tags }) => tags.map(({ name }) => name).includes('blue'))) === '[false,false,true]'
    }, `${node.name} tags with the new words`, 60_000)
  }
})

test('when a node is gone, the other goes on: a film that is added then is understood, too', async () => {
  await birch.process.kill()
  await until(async () => (await ring.get<{ members: Array<{ alive: boolean }> }>(`${alder.url}/api/v1/ring`)).members.filter(({ alive }) => alive).length === 1, 'birch is missed', 120_000)
  const late = await add('late.mp4', await filmOf('late.mp4', '0x1EC828', '0x1E32DC'))
  const { scenes } = await until(async () => {
    const list = await scenesOf(late, alder)
    return list.scenes.length === 2 && list.waiting.every(({ what }) => what !== 'vectors') ? list : undefined
  }, 'alder looks at it', 120_000)
  assert.deepEqual(scenes.map(({ fromMs }) => fromMs), [0, 2000])
  const { jobs } = await ring.get<JobList>(`${alder.url}/api/v1/jobs`)
  assert.ok(jobs.some(({ kind, state }) => kind === 'understand' && state === 'done'), JSON.stringify(jobs.map(({ kind, state }) => [kind, state])))
})

test('what was made of a film is no part of what a person downloads: its bytes are what was uploaded', async () => {
  const bytes = await ring.bytes(`${alder.url}/api/v1/assets/${film}/content`)
  assert.equal(createHash('sha256').update(bytes).digest('hex'), film)
})

test.run()
