import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MAX_TAGS_SHOWN, metadataGroups } from '../../../node/http/metadata-groups.ts'
import { masterPlaylist, parsePlan } from '../../../node/derive/proxy-playlist.ts'
import { spriteCount, spriteVtt } from '../../../node/derive/sprite-map.ts'
import { renditionHeights, whyProxy } from '../../../node/derive/proxy-plan.ts'

const test = suite('what is shown of what was made')

test('metadata are shown in groups, streams by their number, deeper values by their path', () => {
  const groups = metadataGroups(JSON.stringify({ ffmpeg: { format: { name: 'mov', tags: { encoder: 'x' } }, streams: [{ index: 0, kind: 'video', codec: 'h264' }] }, exif: { 'ExifIFD:ISO': 400, 'GPS:GPSLatitude': '1', 'ExifIFD:FNumber': 2.8 } }))
  assert.equal(groups.map(({ name, tags }) => `${name}: ${tags.map((tag) => `${tag.name}=${tag.value}`).join(' ')}`), ['Container: name=mov tags.encoder=x', 'Stream 0 (video): index=0 kind=video codec=h264', 'ExifIFD: ISO=400 FNumber=2.8', 'GPS: GPSLatitude=1'])
})

test('what another member wrote as metadata harms nobody', () => {
  for (const text of ['', 'null', '[]', '{"ffmpeg":5,"exif":[]}', '{"ffmpeg":{"streams":{}}}', `{"exif":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`, `{"ffmpeg":{"format":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}}`]) {
    try { assert.ok(Array.isArray(metadataGroups(text)), text.slice(0, 40)) } catch (err) { assert.unreachable(`${text.slice(0, 40)}: ${err}`) }
  }
  const many = { exif: Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`G${i % 3}:T${i}`, i])) }
  assert.ok(metadataGroups(JSON.stringify(many)).flatMap(({ tags }) => tags).length <= MAX_TAGS_SHOWN)
})

test('a plan that is none is refused: nothing of it gets into a playlist', () => {
  const good = { name: '540', bytes: 10, width: 960, height: 540, codecs: 'avc1.64001F,mp4a.40.2', bitsPerSecond: 1000, head: 2, segments: [[8, 2]] }
  assert.match(masterPlaylist(parsePlan(JSON.stringify({ renditions: [good] }))!), /RESOLUTION=960x540,CODECS="avc1.64001F,mp4a.40.2"\n540.m3u8/)
  for (const bad of [{ ...good, name: '../x' }, { ...good, codecs: '"\n#EXT-X' }, { ...good, width: '1\n' }, { ...good, segments: [['8', 2]] }, { ...good, segments: 5 }]) assert.is(parsePlan(JSON.stringify({ renditions: [bad] })), undefined)
  for (const text of ['', '{}', '{"renditions":[]}', 'null']) assert.is(parsePlan(text), undefined, text)
})

test('a sheet has whole rows, and its cues cover the film', () => {
  assert.equal([0.5, 19, 21, 60, 100_000].map(spriteCount), [10, 10, 20, 30, 100])
  const cues = spriteVtt(21, 'sprite').match(/-->/g) ?? []
  assert.is(cues.length, 20)
  assert.match(spriteVtt(7200, 'sprite'), /01:58:48.000 --> 02:00:00.000\nsprite#xywh=1440,810,160,90\n$/)
})

test('browsers get a proxy of what they do not play, and of what is too much for a network', () => {
  const film = (probe: object) => whyProxy({ kind: 'video', probe: { container: 'mp4', videoCodec: 'h264', audioCodec: 'aac', pixelFormat: 'yuv420p', width: 1920, height: 1080, bitsPerSecond: 8e6, ...probe } })
  assert.is(film({}), undefined)
  for (const probe of [{ videoCodec: 'hevc' }, { container: 'mxf' }, { audioCodec: 'pcm_s16le' }, { pixelFormat: 'yuv422p10le' }, { bitsPerSecond: 60e6 }, { width: 3840, height: 2160 }]) assert.type(film(probe), 'string', JSON.stringify(probe))
  assert.is(whyProxy({ kind: 'audio', probe: { container: 'wav', audioCodec: 'pcm_s16le' } }), undefined)
  assert.type(whyProxy({ kind: 'audio', probe: { container: 'aiff', audioCodec: 'pcm_s16be' } }), 'string')
  assert.equal([[3840, 2160], [2160, 3840], [1280, 720], [320, 241]].map(([width, height]) => renditionHeights({ container: 'mov', videoCodec: 'prores', width: width!, height: height! })), [[1080, 540], [1080, 540], [540], [240]])
})

test.run()
