/** Every decoder of files and fields that people and programs hand in, or that any member may have written into the ring, with samples it takes. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { encode } from '@ipld/dag-cbor'
import { InvalidInputError } from '#protocols/errors.ts'
import { chunkIdOf, type CameraId, type PeerId } from '#protocols/ids.ts'
import { decodeIndex, decodeMarker, encodeIndex, encodeMarker } from '../../node/backup/backup-format.ts'
import { masterPlaylist, mediaPlaylist, parsePlan, type ProxyPlan } from '../../node/derive/proxy-playlist.ts'
import { readChain, readManifest } from '../../node/offload/mhl/read-xml.ts'
import { decodeReceipt, encodeReceipt, type Receipt } from '../../node/offload/safe/receipt.ts'
import { parseCsv } from '../../node/organise/package/csv.ts'
import { parseJson } from '../../node/organise/package/json.ts'
import { parseXml } from '../../node/organise/package/xml.ts'
import { readXmp } from '../../node/organise/xmp/read-xmp.ts'
import { parseTree, printTree } from '../../node/organise/xmp/xmp-tree.ts'
import { readMetadata } from '../../node/uploads/metadata.ts'
import { decodeAnalysis, encodeAnalysis } from '../../node/understanding/analysis/codec.ts'
import type { Analysis } from '../../node/understanding/analysis/analysis.ts'
import { decodeSeen, encodeSeen, type SeenStretch } from '../../node/understanding/live/seen-stretch.ts'
import { parseManifest } from '../../node/understanding/models/manifest.ts'
import type { SpaceId } from '../../node/understanding/space.ts'
import { decodePrint, encodePrint } from '../../node/understanding/takes/sound-print.ts'
import { readCaptions } from '../../node/understanding/transcripts/captions/original-captions.ts'
import { decodeTranscript, encodeTranscript } from '../../node/understanding/transcripts/transcript-codec.ts'
import type { Transcript } from '../../node/understanding/transcripts/transcript.ts'
import { parseDefinition } from '../../node/workflows/check.ts'
import { cursorOf, parseCursor } from '../../ring/catalog/asset-search.ts'
import { parseQuery } from '../../ring/catalog/query-language.ts'
import type { FuzzTarget } from './fuzz.ts'

const utf8 = (text: string): Uint8Array => Buffer.from(text)
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8')
const chunk = chunkIdOf(new Uint8Array(32).fill(7))
const peer = '12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN' as PeerId
const hex = 'ab'.repeat(32)

/** Text that a person or another program wrote. */
const written = (name: string, decode: (text: string) => unknown, ...samples: readonly string[]): FuzzTarget => ({ name, samples: samples.map(utf8), decode: (bytes) => decode(text(bytes)) })

/** Bytes of our own: what is taken is written again, and read back as the same. */
const own = <T>(name: string, decode: (bytes: Uint8Array) => T, encodeOne: (value: T) => Uint8Array, samples: readonly T[]): FuzzTarget => ({
  name, decode, samples: samples.map((sample) => Uint8Array.from(encodeOne(sample))),
  again: (value) => assert.deepEqual(decode(Uint8Array.from(encodeOne(value as T))), value)
})

const CSV = 'id,name,size,title,rating,tags,notes,label,albums,field:client\r\n,a.mov,12,"A ""quiet"" day",4,"rain, porch",\'=1+1,red,Rainy days,Harbour\r\n'
const PACKAGE_XML = '<?xml version="1.0"?><thatdam version="1"><asset id="" name="a.mov" size="12"><title>A &quot;quiet&quot; day\\u0007</title><rating>4</rating><tags><tag>rain</tag></tags><albums><album>Rainy</album></albums><field name="client">Harbour</field></asset></thatdam>'
const PACKAGE_JSON = '{"thatdam":1,"assets":[{"id":"","name":"a.mov","size":12,"title":"A day","rating":4,"tags":["rain"],"marks":{"label":"red"},"fields":{"client":"Harbour"}}]}'
const XMP = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4" xmp:Label="Red"><dc:subject><rdf:Bag><rdf:li>rain</rdf:li></rdf:Bag></dc:subject><dc:title><rdf:Alt><rdf:li xml:lang="x-default">A day</rdf:li></rdf:Alt></dc:title></rdf:Description></rdf:RDF></x:xmpmeta>'
const MHL = '<?xml version="1.0"?><hashlist version="2.0" xmlns="urn:ASC:MHL:v2.0"><creatorinfo><creationdate>2026-01-02T03:04:05Z</creationdate><hostname>cart</hostname><tool version="1">other</tool></creatorinfo><processinfo><process>in-place</process><roothash><content><xxh64 action="original">0011223344556677</xxh64></content><structure><xxh64>0011223344556677</xxh64></structure></roothash><ignore><pattern>.DS_Store</pattern></ignore></processinfo><hashes><hash><path size="5" lastmodificationdate="2026-01-02T03:04:05Z">CLIP/a.mov</path><xxh64 action="original" hashdate="2026-01-02T03:04:05Z">0011223344556677</xxh64></hash></hashes></hashlist>'
const CHAIN = '<?xml version="1.0"?><ascmhldirectory xmlns="urn:ASC:MHL:DIRECTORY:v2.0"><hashlist sequencenr="1"><path>0001_card_2026-01-02_030405Z.mhl</path><c4>c41</c4></hashlist></ascmhldirectory>'
const SRT = '1\n00:00:01,000 --> 00:00:02,500\n<i>Low tide</i>\nin the harbour\n\n2\n00:00:03,000 --> 00:00:04,000\nGulls\n'
const VTT = 'WEBVTT\nLanguage: en\n\nNOTE by hand\n\n00:01.000 --> 00:02.500 align:start\n<v Harbour master>Low <00:01.500>tide &amp; gulls\n\n00:03.000 --> 00:04.000\nGulls\n'
const WORKFLOW = '{"name":"Night","workflow":[{"action":"stats"},{"action":"backup","to":"/mnt/a"}],"schedule":"0 3 * * *","on_error":"stop"}'
const MODEL = JSON.stringify({ id: 'a-model', title: 'A model', tasks: ['embed-pictures'], family: 'vision', repository: 'an/other', revision: 'main', licence: 'MIT', files: [{ path: 'onnx/model.onnx', size: 5, sha256: hex }], dtype: 'q8', dimensions: 64, preprocessing: 'clip' })

const PLAN: ProxyPlan = { renditions: [{ name: '720', bytes: 90, width: 1_280, height: 720, codecs: 'avc1.64001f,mp4a.40.2', bitsPerSecond: 900, head: 10, segments: [[40, 2], [40, 1.5]] }] }
const ANALYSIS: Analysis = {
  durationMs: 2_000, scenes: [{ fromMs: 0, toMs: 2_000, begins: 'start', pictures: [0, 1], hero: 0 }],
  pictures: [{ atMs: 0, scene: 0, palette: [[0xff0000, 0.5]], sharpness: 0.5, exposure: { mean: 0.5, black: 0, burnt: 0 }, motion: 0.25, score: 0.5, hash: '0011223344556677' }]
}
const SEEN: SeenStretch = { camera: 'porch' as CameraId, fromMs: 1_000, toMs: 3_000, space: 'clip-1' as SpaceId, dimensions: 2, pictures: [{ atMs: 1_500, objects: [{ label: 'boat', box: [0, 0, 0.5, 0.5], confidence: 0.5 }], vector: Float32Array.of(0.6, 0.8) }] }
const TRANSCRIPT: Transcript = { origin: { kind: 'model', from: 'whisper' }, language: 'en', languageConfidence: 0.5, languages: [{ language: 'en', share: 1 }], dropped: 0, lines: [{ id: 'a1', fromMs: 0, toMs: 1_000, text: 'Low tide', speaker: '', words: [{ fromMs: 0, toMs: 500, text: 'Low', confidence: 0.5 }, { fromMs: 500, toMs: 1_000, text: 'tide' }] }] }
const RECEIPT: Receipt = { manifest: chunk, nodes: new Map([[peer, { readMs: 1, bits: Uint8Array.of(3) }]]) }
const INDEX = encodeIndex([{ name: 'a.mov', kind: 'asset', id: hex, content: [hex], sizes: [5], lists: [hex], listSizes: [9], missing: [] }])

export const FILE_TARGETS: readonly FuzzTarget[] = [
  written('CSV package', parseCsv, CSV),
  written('XML package', parseXml, PACKAGE_XML),
  written('JSON package', parseJson, PACKAGE_JSON),
  written('XMP', readXmp, XMP),
  { ...written('XMP tree', parseTree, XMP), again: (tree) => assert.doesNotThrow(() => printTree(tree as ReturnType<typeof parseTree>)) },
  { name: 'MHL manifest', samples: [utf8(MHL)], decode: readManifest },
  { name: 'MHL chain', samples: [utf8(CHAIN)], decode: readChain },
  { name: 'SRT', samples: [utf8(SRT)], decode: (bytes) => readCaptions('a.en.srt', bytes) },
  { name: 'WebVTT', samples: [utf8(VTT)], decode: (bytes) => readCaptions('a.vtt', bytes) },
  written('query', (typed) => parseQuery(typed, { nowMs: 1e12, ownFields: ['client'] }), 'rain OR snow -tag:old "porch door" rating:>=3 duration:1m..5m size:<100MB after:2026-03 near:"59.91,10.75,20km" client:harbour'),
  written('upload metadata', readMetadata, `relativePath ${btoa('day 1/a.mov')},sha256 ${btoa(hex)},lastModified ${btoa('1700000000000')}`),
  written('workflow', (json) => parseDefinition(jsonOf(json)), WORKFLOW),
  written('model manifest', parseManifest, MODEL),
  { ...written('cursor of a list', parseCursor, cursorOf(0.5, 'a')), again: (value) => { const { place, id } = value as ReturnType<typeof parseCursor>; assert.equal(typeof cursorOf(place, id), 'string') } },
  { ...written('plan of proxies', parsePlan, JSON.stringify(PLAN)), again: (plan) => { if (plan !== undefined) for (const rendition of (plan as ProxyPlan).renditions) assert.ok(masterPlaylist(plan as ProxyPlan).length + mediaPlaylist(rendition).length > 0) } },
  own('analysis', decodeAnalysis, encodeAnalysis, [ANALYSIS]),
  own('what was seen of a camera', decodeSeen, encodeSeen, [SEEN]),
  own('transcript', decodeTranscript, encodeTranscript, [TRANSCRIPT]),
  own('sound print', decodePrint, encodePrint, [[{ hash: 5, hop: 3 }, { hash: 9, hop: 3_000 }]]),
  own('receipt of a roll', decodeReceipt, encodeReceipt, [RECEIPT]),
  { name: 'marker of a backup', samples: [encodeMarker(hex)], decode: decodeMarker },
  { name: 'index of a backup', samples: [INDEX], decode: (bytes) => decodeIndex({ name: '00', index: createHash('sha256').update(bytes).digest('hex') }, bytes) },
  { name: 'dag-cbor that is none of ours', samples: [encode({ v: 1, odd: [null, true, { deep: [[[]]] }] })], decode: decodeAnalysis }
]

function jsonOf(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    throw new InvalidInputError('no JSON: the door refuses it')
  }
}
