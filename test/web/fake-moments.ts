/** What a stand-in for a node has understood: moments, scenes, relations. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CoverageView, FoundView, MomentView, RelatedView, RelationMap, SceneList, SceneView, TakeOfAsset, TranscriptState, UnderstandingChange, UnderstandingView } from '#protocols/http.ts'

export interface FakeMoments {
  found: FoundView[]
  coverage: CoverageView
  /** Between two lines of an answer, ms. */
  betweenMs: number
  /** The answer ends before its coverage. */
  breaksOff: boolean
  /** Why a search is refused. */
  refuses: string
  /** What became albums: what was sent. */
  albums: string[]
  /** What was asked: the parameters of each search, and the bytes of a picture. */
  asked: string[]
  scenes: SceneList
  related: RelatedView
  map: RelationMap
  understanding: UnderstandingView
}

const coverage: CoverageView = { understoodMs: 97, totalMs: 100, silent: ['cedar'], off: ['Speech is not looked through: no model is there that writes down what is said.'], text: '97 % of 1,204 h understood; node cedar did not answer' }

const moment = (id: string, atMs: number, change: Partial<MomentView> = {}): MomentView => ({ fromMs: atMs, toMs: atMs, pictureMs: atMs, picture: `/api/v1/assets/${id}/picture?at=${atMs}`, level: 1, score: 0.8, why: [{ sense: 'picture', score: 0.31 }], ...change })

function fakeFound(): FoundView[] {
  const found = (id: string, title: string, moments: MomentView[]): FoundView => ({ subject: { kind: 'asset', id, title, mediaKind: 'video', durationMs: 4000 }, score: 0.8, moments })
  return [
    found('asset-0', 'Tide coming in at the harbour', [
      moment('asset-0', 1000, { fromMs: 1000, toMs: 3000, level: 2, why: [{ sense: 'picture', score: 0.31 }, { sense: 'tag', text: 'harbour', score: 0.28 }] }), moment('asset-0', 2400, { why: [{ sense: 'words', text: 'HARBOUR MASTER, ring twice', score: 0.9 }] }),
      moment('asset-0', 3000), moment('asset-0', 3200), moment('asset-0', 3500)
    ]),
    found('asset-1', 'Interview with Maren, first take', [moment('asset-1', 12_000, { fromMs: 12_000, toMs: 16_500, why: [{ sense: 'speech', text: 'and then the whole harbour was under water', score: 0.7 }, { sense: 'meaning', text: 'the quay had gone', score: 0.62 }] })]),
    { subject: { kind: 'camera', id: 'cam-porch', title: 'porch', mediaKind: 'camera', durationMs: null }, score: 0.5, moments: [{ ...moment('', 0), fromMs: Date.UTC(2026, 10, 27, 3), toMs: Date.UTC(2026, 10, 27, 3, 0, 20), pictureMs: Date.UTC(2026, 10, 27, 3), picture: '/api/v1/cameras/cam-porch/thumbnail?at=1', why: [{ sense: 'object', text: 'boat', score: 0.62 }] }] },
    found('asset-2', 'drone_0231.mp4', [moment('asset-2', 30_000)]), { subject: { kind: 'asset', id: 'asset-6', title: 'Set plan', mediaKind: 'image', durationMs: null }, score: 0.4, moments: [moment('asset-6', 0, { level: 0 })] },
    found('asset-7', 'Rehearsal 1', [moment('asset-7', 8000), moment('asset-7', 61_000)])
  ]
}

const scene = (fromMs: number, toMs: number, change: Partial<SceneView> = {}): SceneView => ({
  fromMs, toMs, begins: 'cut', heroMs: fromMs, picture: `/api/v1/assets/asset-0/picture?at=${fromMs}`, palette: ['#11333b', '#d99a55', '#888888'], sharpness: 0.7, brightness: 0.4, motion: 0.1, tags: [], objects: [], words: [], caption: null, speech: [], ...change
})

const fakeScenes = (): SceneList => ({
  scenes: [
    scene(0, 1200, { begins: 'start', tags: [{ name: 'harbour', score: 0.31 }, { name: 'water', score: 0.28 }], objects: [{ label: 'boat', count: 3, confidence: 0.8 }] }),
    scene(1200, 2600, { caption: 'a crane over the quay', words: [{ text: 'HARBOUR MASTER', atMs: 1400, confidence: 0.97 }] }), scene(2600, 4000, { begins: 'dissolve', speech: [{ fromMs: 2700, toMs: 3900, text: 'and then the whole harbour was under water' }] })
  ],
  waiting: [{ what: 'speech', why: 'no model is there that writes down what is said' }]
})

const fakeRelated = (): RelatedView => ({
  duplicates: [{ asset: 'asset-2', title: 'drone_0231.mp4', likeness: 0.97 }], sameScene: [{ asset: 'asset-3', title: 'Storefront, vertical', fromMs: 0, toMs: 1200, otherFromMs: 400, otherToMs: 2000, likeness: 0.91 }],
  sameMoment: [{ kind: 'asset', id: 'asset-1', title: 'Interview with Maren, first take', fromMs: 500, toMs: 4000, by: 'sound' }], more: [{ asset: 'asset-7', title: 'Rehearsal 1', pictureMs: 2000, picture: '/api/v1/assets/asset-7/picture?at=2000', likeness: 0.74 }],
  topics: [{ id: 'topic-0', name: 'harbour, water' }], off: [], notes: []
})

const NODES = ['Tide coming in at the harbour', 'Interview with Maren, first take', 'drone_0231.mp4', 'Storefront, vertical', 'Colour bars, master']
const fakeMap = (): RelationMap => ({
  nodes: NODES.map((title, at) => ({ asset: `asset-${at}`, title, picture: `/api/v1/assets/asset-${at}/poster`, x: 0.5 + 0.4 * Math.cos(at * 1.3), y: 0.5 + 0.4 * Math.sin(at * 1.3), topic: at === 4 ? null : at < 2 ? 'topic-0' : 'topic-1' })),
  edges: [{ from: 'asset-0', to: 'asset-2', kind: 'duplicate', likeness: 0.97 }, { from: 'asset-0', to: 'asset-3', kind: 'scene', likeness: 0.91 }, { from: 'asset-0', to: 'asset-1', kind: 'like', likeness: 0.8 }],
  topics: [{ id: 'topic-0', name: 'harbour, water', assets: ['asset-0', 'asset-1'] }, { id: 'topic-1', name: 'Without a name', assets: ['asset-2', 'asset-3'] }], off: [], notes: []
})

const fakeUnderstanding = (): UnderstandingView => ({
  coverage, faces: false, vocabulary: ['harbour', 'water', 'interview'], updatedAtMs: Date.now(),
  tasks: [
    { task: 'embed-pictures', title: 'Find pictures by a sentence', model: 'clip-vit-base-patch32', why: null, done: 20, waiting: 3, failed: 1 },
    { task: 'transcribe', title: 'Write down what is said', model: null, why: 'no model is there: fetch one below Models', done: 0, waiting: 12, failed: 0 }
  ]
})

export const fakeMoments = (): FakeMoments => ({ found: fakeFound(), coverage, betweenMs: 0, breaksOff: false, refuses: '', albums: [], asked: [], scenes: fakeScenes(), related: fakeRelated(), map: fakeMap(), understanding: fakeUnderstanding() })

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part)
  return Buffer.concat(parts)
}

async function search(state: FakeMoments, request: IncomingMessage, response: ServerResponse, query: URLSearchParams): Promise<void> {
  const picture = request.method === 'POST' ? `${request.headers['content-type']} ${(await bytesOf(request)).subarray(0, 3).toString('hex')} ` : ''
  state.asked.push(picture + query.toString())
  if (state.refuses !== '') return void response.writeHead(503, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { code: 'ERR_OVERLOADED', message: state.refuses } }))
  if (request.headers.accept?.includes('ndjson') !== true) return void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ found: state.found, coverage: state.coverage }))
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  for (const one of state.found) {
    const text = `${JSON.stringify(one)}\n`
    response.write(text.slice(0, 40)) // a line comes in pieces
    await new Promise((resolve) => { setTimeout(resolve, state.betweenMs) })
    response.write(text.slice(40))
  }
  response.end(state.breaksOff ? '' : JSON.stringify(state.coverage))
}

/** Answers what is about the inside of films; false for everything else. */
export async function momentsRoute(state: FakeMoments, request: IncomingMessage, response: ServerResponse, { pathname, searchParams }: URL): Promise<boolean> {
  const [area, id, part] = pathname.slice('/api/v1/'.length).split('/')
  const json = (body: unknown): true => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    return true
  }
  if (area === 'search' && (id === undefined || id === 'picture')) {
    await search(state, request, response, searchParams)
    return true
  }
  if (area === 'assets' && part === 'scenes') return json(state.scenes)
  if (area === 'assets' && part === 'related') return json(state.related)
  if (area === 'assets' && part === 'transcript') return json({ transcript: null, versions: [], state: 'off', reason: 'no model is there that writes down what is said' } satisfies TranscriptState)
  if (area === 'assets' && part === 'take') return json({ take: null } satisfies TakeOfAsset)
  if (area === 'albums' && request.method === 'POST') {
    state.albums.push((await bytesOf(request)).toString())
    return json({ id: 'album-0', name: 'made', kind: 'manual', path: 'made', assets: 0, parent: null, project: null, cover: null, rule: null, sort: 'newest', problem: null, changed: 2 })
  }
  if (area !== 'understanding') return false
  if (id === 'map') return json(state.map)
  if (request.method === 'PUT') Object.assign(state.understanding, JSON.parse((await bytesOf(request)).toString()) as UnderstandingChange)
  return json(state.understanding)
}
