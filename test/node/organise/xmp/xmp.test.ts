import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { fillOnly, readXmp } from '../../../../node/organise/xmp/read-xmp.ts'
import { writeXmp } from '../../../../node/organise/xmp/write-xmp.ts'
import { NO_MARKS } from '../../../../ring/catalog/asset-marks.ts'

const test = suite('XMP')

/** As Lightroom writes one, with properties as attributes and as elements, and much that is not ours. */
const LIGHTROOM = `<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Adobe XMP Core 7.0">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <!-- made on the road -->
  <rdf:Description rdf:about=""
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/"
    xmlns:exif="http://ns.adobe.com/exif/1.0/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
   xmp:Rating="4"
   xmp:Label="Red"
   crs:Exposure2012="+0.35"
   exif:GPSLatitude="59,54.8322N"
   exif:GPSLongitude="10,45.135W">
   <dc:title><rdf:Alt><rdf:li xml:lang="de">Hafen</rdf:li><rdf:li xml:lang="x-default">Harbour &amp; boats</rdf:li></rdf:Alt></dc:title>
   <dc:description><rdf:Alt><rdf:li xml:lang="x-default">Two lines
of it</rdf:li></rdf:Alt></dc:description>
   <dc:creator><rdf:Seq><rdf:li>A. Lens</rdf:li><rdf:li>B. Lens</rdf:li></rdf:Seq></dc:creator>
   <dc:rights><rdf:Alt><rdf:li xml:lang="x-default">CC BY 4.0</rdf:li></rdf:Alt></dc:rights>
   <dc:subject><rdf:Bag><rdf:li>place</rdf:li><rdf:li>Oslo</rdf:li><rdf:li>dawn</rdf:li></rdf:Bag></dc:subject>
   <lr:hierarchicalSubject><rdf:Bag><rdf:li>place|Oslo</rdf:li></rdf:Bag></lr:hierarchicalSubject>
   <crs:ToneCurve><rdf:Seq><rdf:li>0, 0</rdf:li></rdf:Seq></crs:ToneCurve>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
`
const asset = (more: object = {}): Parameters<typeof writeXmp>[0] => ({ title: '', notes: '', rating: 0, tags: [], marks: NO_MARKS, fields: {}, ...more })

test('what Lightroom wrote is read: attributes and elements, languages, hierarchical tags, places', () => {
  assert.deepEqual(readXmp(LIGHTROOM), {
    title: 'Harbour & boats', notes: 'Two lines\nof it', rating: 4, addTags: ['place/Oslo', 'dawn'],
    marks: { label: 'red', licence: 'CC BY 4.0' }, fields: { Creator: 'A. Lens; B. Lens', GPS: '59.91387, -10.75225' }
  })
})

test('other prefixes mean the same, and a rejected clip is one', () => {
  const other = '<m:xmpmeta xmlns:m="adobe:ns:meta/"><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description xmlns:b="http://ns.adobe.com/xap/1.0/"><b:Rating>-1</b:Rating></r:Description></r:RDF></m:xmpmeta>'
  assert.deepEqual(readXmp(other), { rating: 0, marks: { flag: 'reject' } })
})

test('writing into a sidecar changes what is ours and leaves every other byte of meaning', () => {
  const written = writeXmp(asset({ title: 'New <title>', rating: 2, tags: ['place/Bergen', 'Oslo'], marks: { ...NO_MARKS, label: 'blue' } }), LIGHTROOM)
  for (const kept of ['crs:Exposure2012="+0.35"', '<crs:ToneCurve><rdf:Seq><rdf:li>0, 0</rdf:li></rdf:Seq></crs:ToneCurve>', '<!-- made on the road -->', 'x:xmptk="Adobe XMP Core 7.0"', '<?xpacket end="w"?>']) assert.ok(written.includes(kept), `${kept} is gone:\n${written}`)
  assert.deepEqual(readXmp(written), { title: 'New <title>', rating: 2, addTags: ['place/Bergen', 'Oslo'], marks: { label: 'blue' } })
  assert.equal(writeXmp(asset({ title: 'New <title>', rating: 2, tags: ['place/Bergen', 'Oslo'], marks: { ...NO_MARKS, label: 'blue' } }), written), written, 'written again it is the same')
})

test('what an asset has no value for because it can have none such stays: other labels, places in other words, other languages', () => {
  const theirs = LIGHTROOM.replace('xmp:Label="Red"', 'xmp:Label="Approved"').replace('59,54.8322N', '59.91387').replace('10,45.135W', '-10.75225')
  const written = writeXmp(asset({ title: 'Port' }), theirs)
  for (const kept of ['xmp:Label="Approved"', 'exif:GPSLatitude="59.91387"', 'exif:GPSLongitude="-10.75225"', '<rdf:li xml:lang="x-default">Port</rdf:li><rdf:li xml:lang="de">Hafen</rdf:li>']) assert.ok(written.includes(kept), `${kept} is gone:\n${written}`)
  assert.equal(writeXmp(asset({ title: 'Port' }), written), written, 'written again it is the same')
  const ours = writeXmp(asset({ marks: { ...NO_MARKS, label: 'blue' }, fields: { GPS: '1, 2' } }), theirs)
  assert.deepEqual([readXmp(ours).marks?.label, readXmp(ours).fields, ours.includes('Approved'), ours.includes('59.91387')], ['blue', { GPS: '1, 2' }, false, false])
  assert.ok(!writeXmp(asset(), LIGHTROOM).includes('GPSLatitude'), 'what was read and taken away here goes')
})

test('what is written is read back, whatever people wrote', () => {
  let seed = 3
  const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below
  const words = ['', 'a', '<b>&amp;', '"q"', "it's", '  two  words ', 'Ärger', '日本', '😀', '-1', ']]>', '<!-- -->', 'line\nline', 'cr\rlf']
  const word = (): string => words[random(words.length)]!
  for (let round = 0; round < 300; round++) {
    const given = asset({
      title: word().trim(), notes: word().trim(), rating: random(6), tags: [...new Set([word(), `${word()}/${word()}`].map((tag) => tag.trim().replace(/^\/|\/$|\s*\/\s*/g, '/').replace(/^\/|\/$/g, '')).filter((tag) => tag !== ''))],
      marks: { ...NO_MARKS, label: ['', 'red', 'grey'][random(3)]!, licence: word().trim() }
    })
    const existing = [undefined, LIGHTROOM][random(2)]
    const back = readXmp(writeXmp(given, existing))
    assert.deepEqual([back.title ?? '', back.notes ?? '', back.rating ?? 0, [...back.addTags ?? []].sort(), back.marks?.label ?? '', back.marks?.licence ?? ''], [given.title, given.notes, given.rating, [...given.tags].sort(), given.marks.label, given.marks.licence])
  }
})

test('what is no XMP is refused: other XML, no XML, entities, and what is nested without end', () => {
  for (const text of ['', 'no', '<a/>', '<rdf:RDF', '<!DOCTYPE x [<!ENTITY a "b">]><rdf:RDF/>', `<rdf:RDF>${'<a>'.repeat(2_000)}${'</a>'.repeat(2_000)}</rdf:RDF>`]) {
    assert.throws(() => readXmp(text), { code: 'ERR_INVALID_MESSAGE' }, text.slice(0, 40))
    assert.throws(() => writeXmp(asset(), text), { code: 'ERR_INVALID_MESSAGE' }, text.slice(0, 40))
  }
})

test('a sidecar fills what is empty and takes nobody\'s words', () => {
  const mine = { title: 'Mine', notes: '', rating: 3, tags: ['dawn'], marks: { ...NO_MARKS, label: 'green' }, fields: { Creator: 'Me' } }
  assert.deepEqual(fillOnly(mine as never, readXmp(LIGHTROOM)), { notes: 'Two lines\nof it', marks: { licence: 'CC BY 4.0' }, fields: { GPS: '59.91387, -10.75225' }, addTags: ['place/Oslo'] })
})

test.run()
