// needs: ffmpeg
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { AssetView, MomentList, MomentView, SceneList, TranscriptState, UnderstandingView } from '#protocols/http.ts'
import { paintSign } from '../../node/understanding/inference/pictures/painted.ts'
import { PLAIN_FONT } from '../support/drawn-picture.ts'
import { ffmpeg } from '../support/ffmpeg.ts'
import { plant } from '../support/models/planted.ts'
import { type NodeProcess, run, TestRing } from '../support/processes.ts'
import { until } from '../support/until.ts'

const test = suite('a sentence, asked of a ring of three, finds the second at which it can be seen')

/** Understanding five short films takes seconds on a quiet machine, in ms. */
const UNDERSTOOD_MS = 240_000
/** Their names say nothing of what they show. */
const FILMS = { red: 'clip-1.mp4', green: 'clip-2.mp4', blue: 'clip-3.mp4' } as const
const NAMES = ['alder', 'birch', 'cedar']

let folder: string
let ring: TestRing
let flags: string[]
let manifests: string[]
const ids = new Map<string, string>()

const encoded = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p']
const source = (colour: string): string => `color=${colour}:s=640x360:r=25:d=2`

/** Two seconds of one colour. */
const filmOf = (colour: string, file: string): void => ffmpeg('-f', 'lavfi', '-i', source(colour), ...encoded, file)

/** Two things are said in it, as its captions have them, too far from each other to be one passage. */
async function filmWithCaptions(file: string): Promise<void> {
  const captions = join(folder, 'captions.srt')
  await writeFile(captions, '1\n00:00:01,000 --> 00:00:03,000\ncash and a job\n\n2\n00:00:40,000 --> 00:00:43,000\na truck and a mountain\n')
  ffmpeg('-f', 'lavfi', '-i', 'color=gray:s=160x90:r=5:d=45', '-i', captions, '-map', '0:v', '-map', '1:s', ...encoded, '-c:s', 'subrip', file)
}

/** Words stand in it from the third second to the fourth. */
function filmWithWords(file: string): void {
  const words = `drawtext=fontfile=${PLAIN_FONT}:text='HARBOUR GATE 42':x=60:y=150:fontsize=44:fontcolor=white`
  ffmpeg(...[`${source('gray')}`, `${source('navy')},${words}`, `${source('gray')}`].flatMap((each) => ['-f', 'lavfi', '-i', each]), '-filter_complex', 'concat=n=3:v=1', ...encoded, file)
}

async function pictureOfSign(file: string): Promise<void> {
  const { width, height, rgb } = paintSign()
  execFileSync('/usr/bin/ffmpeg', ['-v', 'error', '-y', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${width}x${height}`, '-i', 'pipe:0', '-frames:v', '1', file], { input: rgb })
}

async function add(what: string, name: string, via: NodeProcess): Promise<void> {
  const { results: [result] } = await ring.upload(via, name, await readFile(join(folder, name)))
  ids.set(what, result!.assetId!)
}

/** A node that knows models whose answers are known, from a folder, and nothing of the hub. */
async function begin(name: string): Promise<NodeProcess> {
  await mkdir(join(ring.dir, name, 'models'), { recursive: true })
  for (const [at, manifest] of manifests.entries()) await writeFile(join(ring.dir, name, `models/planted-${at}.json`), manifest)
  return ring.begin(name, { flags })
}

const ask = (node: NodeProcess, query: Record<string, string>): Promise<MomentList> => ring.get(`${node.url}/api/v1/search?${new URLSearchParams(query)}`)
const shown = ({ found }: MomentList): string[] => found.map(({ subject }) => [...ids].find(([, id]) => id === subject.id)?.[0] ?? subject.id)
const living = (): NodeProcess[] => [...ring.nodes.values()].filter(({ process }) => process.running)
const isWhole = ({ coverage: { understoodMs, totalMs, silent } }: MomentList): boolean => totalMs > 0 && understoodMs === totalMs && silent.length === 0

async function allUnderstood(): Promise<void> {
  for (const [what, id] of ids) {
    let why: SceneList['waiting'] = []
    await until(async () => {
      why = (await ring.get<SceneList>(`${living()[0]!.url}/api/v1/assets/${id}/scenes`)).waiting.filter((one) => !/hub|no model|agreed/.test(one.why))
      return why.length === 0
    }, `${what} is understood`, UNDERSTOOD_MS).catch((err) => assert.fail(`${err.message}: ${JSON.stringify(why)}`))
  }
  for (const node of living()) await until(async () => isWhole(await ask(node, { q: 'red' })), `${node.name} answers for everything`, UNDERSTOOD_MS)
}

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thatdam-understood-'))
  const shelf = join(folder, 'shelf')
  manifests = (await Promise.all((['colour-clip', 'meaning-encoder'] as const).map((id) => plant(id, join(shelf, 'planted', id))))).map((manifest) => JSON.stringify(manifest))
  flags = ['--models', shelf, '--model-hub', 'none']
  for (const [colour, file] of Object.entries(FILMS)) filmOf(colour === 'green' ? 'lime' : colour, join(folder, file))
  filmOf('magenta', join(folder, 'clip-6.mp4'))
  filmWithWords(join(folder, 'clip-4.mp4'))
  await pictureOfSign(join(folder, 'still-5.png'))
  await filmWithCaptions(join(folder, 'clip-7.mkv'))
  ring = await TestRing.create()
  await begin('alder')
  await Promise.all(['birch', 'cedar'].map(begin))
  await ring.together(NAMES.length)
  await ring.send('PUT', `${ring.node('alder').url}/api/v1/models/use`, { task: 'embed-pictures', model: 'colour-clip' })
  await ring.send('PUT', `${ring.node('alder').url}/api/v1/models/use`, { task: 'embed-sentences', model: 'meaning-encoder' })
  const films = Object.entries(FILMS).map(([colour, file]) => add(colour, file, ring.node('alder')))
  await Promise.all([...films, add('words', 'clip-4.mp4', ring.node('birch')), add('sign', 'still-5.png', ring.node('cedar')), add('talk', 'clip-7.mkv', ring.node('birch'))])
  await allUnderstood()
})
test.after(async () => {
  await ring?.end()
  await rm(folder, { recursive: true, force: true })
})

test('each colour is found first, by its name in two languages, from every node', async () => {
  for (const node of living()) {
    for (const [q, colour] of [['red', 'red'], ['a photo of green', 'green'], ['blau', 'blue']] as const) {
      const list = await ask(node, { q, sense: 'picture' })
      assert.equal(shown(list)[0], colour, `${node.name}: ${q} is ${shown(list)}`)
      const scores = list.found.map(({ score }) => score)
      assert.deepEqual(scores, scores.toSorted((a, b) => b - a))
      assert.ok(list.found[0]!.moments[0]!.why.some(({ sense }) => sense === 'picture'))
      assert.ok(isWhole(list), JSON.stringify(list.coverage))
    }
  }
})

test('a word in the picture is found where it stands, and that picture is shown', async () => {
  for (const node of living()) {
    const list = await ask(node, { q: 'harbour gate', sense: 'words' })
    assert.deepEqual(shown(list), ['words'])
    const moment: MomentView = list.found[0]!.moments[0]!
    assert.match(moment.why.find(({ sense }) => sense === 'words')?.text ?? '', /HARBOUR GATE 42/)
    assert.ok(moment.fromMs >= 1_900 && moment.fromMs < moment.toMs && moment.toMs <= 4_100, `${moment.fromMs} to ${moment.toMs}`)
    assert.ok(moment.picture !== null)
    assert.deepEqual([...(await ring.bytes(new URL(moment.picture, node.url).href)).subarray(0, 3)], [0xff, 0xd8, 0xff])
  }
})

test('a thing in a picture is found by what it is called', async () => {
  for (const node of living()) assert.deepEqual(shown(await ask(node, { q: 'stop sign', sense: 'object' })), ['sign'])
})

test('a clip is found by what its title means, in another language, and by its new title when it has one', async () => {
  const titled = (title: string): Promise<unknown> => ring.send('PATCH', `${ring.node('birch').url}/api/v1/assets/${ids.get('green')}`, { title })
  for (const [title, q] of [['the puppy and the ocean', 'hund meer'], ['music at night', 'lied nacht']] as const) {
    await titled(title)
    for (const node of living()) await until(async () => shown(await ask(node, { q, sense: 'meaning' }))[0] === 'green', `${node.name} finds ${title}`, UNDERSTOOD_MS)
  }
  const { found, coverage } = await ask(ring.node('cedar'), { q: 'hund meer' })
  assert.ok(found.every(({ moments }) => moments.every(({ why }) => why.every(({ sense }) => sense !== 'meaning'))), 'the old one is forgotten')
  assert.deepEqual(coverage.off.map((words) => words.split(':')[0]), ['What is said', 'Captions of scenes'], 'for these no node has a model')
})

test('a sentence finds the second at which it is said in other words, from every node, and no more what somebody wrote over', async () => {
  const saidAt = async (node: NodeProcess, q: string): Promise<unknown[]> => {
    const { found } = await ask(node, { q, sense: 'meaning', level: '2' })
    return found.flatMap(({ subject, moments }) => moments.map(({ level, fromMs, toMs, why }) => [subject.id === ids.get('talk'), level, fromMs, toMs, why.map(({ sense, text }) => `${sense} ${text}`).join()]))
  }
  const isSaid = (node: NodeProcess, q: string, expected: unknown[]): Promise<unknown> => until(async () => JSON.stringify(await saidAt(node, q)) === JSON.stringify(expected), `${node.name} finds ${q}`, UNDERSTOOD_MS)
  for (const node of living()) await isSaid(node, 'auto berg', [[true, 2, 40_000, 43_000, 'meaning a truck and a mountain']])
  const { tasks } = await ring.get<UnderstandingView>(`${ring.node('alder').url}/api/v1/understanding`)
  assert.equal(tasks.find(({ task }) => task === 'embed-sentences')?.failed, 0)
  assert.match((await run('search', 'auto', 'berg', '--sense', 'meaning', '--node', ring.node('cedar').url)).stdout, /0:00:40\.000–0:00:43\.000 .*said “a truck and a mountain”/)
  const path = `${ring.node('cedar').url}/api/v1/assets/${ids.get('talk')}/transcript`
  const { transcript } = await ring.get<TranscriptState>(path)
  const lines = transcript!.lines.map((line, at) => at === 1 ? { ...line, text: 'a kitten at home' } : line)
  await ring.send('PUT', path, { lines })
  for (const node of living()) await isSaid(node, 'katze haus', [[true, 2, 40_000, 43_000, 'meaning a kitten at home']])
  for (const node of living()) await isSaid(node, 'auto berg', [])
})

test('what an asset shows is told scene by scene', async () => {
  const { scenes } = await ring.get<SceneList>(`${ring.node('cedar').url}/api/v1/assets/${ids.get('words')}/scenes`)
  assert.equal(scenes.length, 3)
  assert.deepEqual(scenes.map(({ words }) => words.map(({ text }) => text.replaceAll(' ', ''))), [[], ['HARBOURGATE42'], []])
})

test('without a node that was killed the answers are what they were, and whole', async () => {
  const queries: ReadonlyArray<Record<string, string>> = [{ q: 'red', sense: 'picture' }, { q: 'harbour', sense: 'words' }, { q: 'blue' }]
  const before = await Promise.all(queries.map((query) => ask(ring.node('alder'), query)))
  await ring.node('birch').process.kill()
  for (const node of living()) {
    for (const [at, query] of queries.entries()) {
      const list = await ask(node, query)
      assert.deepEqual(shown(list), shown(before[at]!), `${node.name}: ${query['q']}`)
      assert.ok(isWhole(list), JSON.stringify(list.coverage))
    }
  }
})

test('what is added without it is understood by the others', async () => {
  await add('magenta', 'clip-6.mp4', ring.node('cedar'))
  await allUnderstood()
  for (const node of living()) assert.equal(shown(await ask(node, { q: 'magenta', sense: 'picture' }))[0], 'magenta')
})

test('a name is found as before, and a filter leaves out the rest', async () => {
  const asset = await ring.send<AssetView>('PATCH', `${ring.node('alder').url}/api/v1/assets/${ids.get('blue')}`, { addTags: ['sea'] })
  assert.deepEqual(asset.tags, ['sea'])
  await until(async () => shown(await ask(ring.node('cedar'), { q: 'red', sense: 'picture', filter: 'tag:sea' })).join() === 'blue', 'only what has the tag')
  assert.ok(shown(await ask(ring.node('cedar'), { q: 'clip-4' })).includes('words'))
})

test('a node that joins answers what the others answer, and still does when the second of four dies', async () => {
  const dogwood = await begin('dogwood')
  const queries: ReadonlyArray<Record<string, string>> = [{ q: 'red', sense: 'picture' }, { q: 'harbour', sense: 'words' }]
  const before = await Promise.all(queries.map((query) => ask(ring.node('cedar'), query)))
  const isSame = async (): Promise<boolean> => {
    const lists = await Promise.all(queries.map((query) => ask(dogwood, query)))
    return lists.every((list, at) => isWhole(list) && shown(list).join() === shown(before[at]!).join())
  }
  await until(isSame, 'the new node answers the same', UNDERSTOOD_MS)
  await ring.node('alder').process.kill()
  assert.ok(await isSame(), 'at once, before anybody has noticed')
})

test('a node that is left alone says whose part is silent', async () => {
  await ring.node('cedar').process.kill()
  const { coverage } = await ask(ring.node('dogwood'), { q: 'red' })
  assert.deepEqual(coverage.silent, NAMES)
  for (const name of NAMES) assert.match(coverage.text, new RegExp(name))
})

test.run()
