import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { silentLog } from '#ring/base/log.ts'
import { containerOf, createdAtOf, parseIso6709, positionOf, rotationOf } from '../../../node/library/facts.ts'
import { createProber } from '../../../node/library/probe.ts'
import { sniff } from '../../../node/library/sniff.ts'

interface Context { folder: string; file: string }
const test = suite<Context>('probe')

test.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'thatdam-probe-'))
  context.file = join(context.folder, 'file')
  await writeFile(context.file, 'x')
})
test.after(async ({ folder }) => { await rm(folder, { recursive: true }) })

async function childThat(folder: string, does: string): Promise<URL> {
  const path = join(folder, `${does.length}.mjs`)
  await writeFile(path, `process.on('message', () => { ${does} })`)
  return pathToFileURL(path)
}

test('a file that crashes its process is refused, and the next one is looked at', async ({ folder, file }) => {
  const prober = createProber({ log: silentLog }, { child: await childThat(folder, `process.kill(process.pid, 'SIGSEGV')`) })
  for (let i = 0; i < 3; i++) assert.match(Reflect.get(await prober.probe(file), 'refused'), /crashes the decoder/)
  await prober.stop()
})

test('a file that hangs its process is refused when its time is up', async ({ folder, file }) => {
  const prober = createProber({ log: silentLog }, { child: await childThat(folder, 'for (;;);'), timeoutMs: 300 })
  assert.match(Reflect.get(await prober.probe(file), 'refused'), /took too long/)
  await prober.stop()
})

test('a file that eats memory is refused before the machine suffers', async ({ folder, file }) => {
  const eats = 'const all = []; setInterval(() => all.push(Buffer.alloc(8e6, 1)), 5)'
  const prober = createProber({ log: silentLog }, { child: await childThat(folder, eats), memoryBytes: 200e6 })
  assert.match(Reflect.get(await prober.probe(file), 'refused'), /more memory/)
  await prober.stop()
})

test('stopping ends what is being looked at', async ({ folder, file }) => {
  const prober = createProber({ log: silentLog }, { child: await childThat(folder, 'for (;;);') })
  const probing = prober.probe(file).then(() => 'answered', (err) => err.message)
  await new Promise((resolve) => setTimeout(resolve, 50))
  await prober.stop()
  assert.is(await probing, 'the node is stopping')
})

test('bytes decide what a file is', () => {
  assert.is(sniff(Buffer.from('\0\0\0\x18ftypmp42'))?.mime, 'video/mp4')
  assert.is(sniff(Buffer.from('#EXTM3U\nfile:///etc/passwd')), undefined)
  assert.is(sniff(Buffer.from('ffconcat version 1.0\nfile /etc/passwd')), undefined)
  assert.is(sniff(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')), undefined)
  assert.is(sniff(Buffer.from('GGGGGGGG'.repeat(60))), sniff(Buffer.from('GGGGGGGG'.repeat(60))))
  assert.is(sniff(new Uint8Array()), undefined)
})

test('places are read as cameras write them', () => {
  assert.equal(parseIso6709('+47.3769+008.5417+408.000/'), { latitude: 47.3769, longitude: 8.5417, altitude: 408 })
  assert.equal(parseIso6709('-33.8568+151.2153/'), { latitude: -33.8568, longitude: 151.2153 })
  assert.is(parseIso6709('nowhere'), undefined)
  assert.is(parseIso6709('+99.0+008.0/'), undefined)
  const exif = { 'GPSInfo/GPSLatitudeRef': 'S', 'GPSInfo/GPSLatitude': '  33:1 , 30:1, 0:1 ', 'GPSInfo/GPSLongitudeRef': 'W', 'GPSInfo/GPSLongitude': '70:1, 30:1, 3600:100' }
  assert.equal(positionOf(exif), { latitude: -33.5, longitude: -70.51 })
})

test('times are read as cameras write them, and empty clocks are not times', () => {
  assert.is(createdAtOf({ creation_time: '2024-05-06T07:08:09.000000Z' }), Date.UTC(2024, 4, 6, 7, 8, 9))
  assert.is(createdAtOf({ 'ExifIFD/DateTimeOriginal': '2023:02:03 04:05:06', 'ExifIFD/0x9011': '+01:00' }), Date.UTC(2023, 1, 3, 3, 5, 6))
  assert.is(createdAtOf({ creation_time: '1904-01-01T00:00:00Z' }), undefined)
  assert.is(createdAtOf({ creation_time: 'yesterday' }), undefined)
})

test('a display matrix is a turn', () => {
  const matrix = Buffer.alloc(36)
  matrix.writeInt32LE(65_536, 4)
  assert.is(rotationOf(matrix), 90)
  assert.is(rotationOf(null), 0)
  assert.is(containerOf('mov,mp4,m4a', 'mp4'), 'mp4')
})

test.run()
