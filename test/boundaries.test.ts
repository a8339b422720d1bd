import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join, normalize } from 'node:path'
import { test } from 'uvu'

const ROOT = join(import.meta.dirname, '..')

/** Who may import whom. Changing this table is changing the architecture. */
const MAY_IMPORT: Record<string, string[]> = {
  protocols: [],
  ring: ['protocols'],
  peer: ['protocols', 'ring'],
  node: ['protocols', 'ring'],
  web: ['protocols']
}

/** The one place that crosses: the command line starts a camera peer when it is asked to, and lends a node eyes for its own machine. */
const CROSSINGS = new Set(['node/bin/thatdam.js imports ../../peer/main.ts', 'node/bin/thatdam.js imports ../../peer/devices/inventory.ts', 'node/bin/thatdam.js imports ../../peer/devices/machine-cameras.ts'])

/** Heavy dependencies and the only folders or files that know them. */
const KNOWN_BY: Record<string, RegExp> = {
  libp2p: /^ring\/network\//,
  '@libp2p/': /^ring\/(network|identity)\/|^ring\/guest\.ts$/,
  werift: /^node\/live\/|^peer\//,
  yjs: /^ring\/catalog\//,
  level: /^ring\/catalog\//,
  'node:sqlite': /^ring\/catalog\/|^node\/understanding\/index\//,
  'hnswlib-node': /^node\/understanding\/index\//,
  koffi: /^node\/live\/send\/|^node\/folders\/xattrs\.ts$/,
  fastify: /^node\/http\//,
  'node-av': /^peer\/|^node\/(derive|library|live\/transcode|outputs\/pictures|understanding\/(?:analysis|live|moments|motion|takes|transcripts))\/|^node\/recording\/(motion-child|masters\/master-child|cut\/encode-child)\.ts$/,
  react: /^web\//
}

interface Import { readonly file: string; readonly specifier: string; readonly typeOnly: boolean }

function* sources(area: string): Generator<string> {
  for (const file of readdirSync(join(ROOT, area), { recursive: true, encoding: 'utf8' })) {
    if (/\.(ts|tsx|js)$/.test(file) && !file.startsWith('dist/') && !file.includes('node_modules')) yield join(area, file)
  }
}

function* importsOf(file: string, source = readFileSync(join(ROOT, file), 'utf8')): Generator<Import> {
  for (const [statement, specifier = ''] of source.matchAll(/^\s*(?:import|export)\b[^'";]*?from\s+['"]([^'"]+)['"]|^\s*import\s+['"]([^'"]+)['"]/gm)) {
    yield { file, specifier: specifier || (/['"]([^'"]+)['"]/.exec(statement)?.[1] ?? ''), typeOnly: /^\s*(import|export)\s+type\b/.test(statement) }
  }
  for (const [, specifier = ''] of source.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g)) yield { file, specifier, typeOnly: false }
  for (const [, path = ''] of source.matchAll(/\bload\('([^']+\.ts)'\)/g)) yield { file, specifier: `../../${path}`, typeOnly: false } // of what may be compiled: node/bin/thatdam.js
}

const allImports = (): Import[] => Object.keys(MAY_IMPORT).flatMap((area) => [...sources(area)].flatMap((file) => [...importsOf(file)]))

function trespass({ file, specifier }: Import): boolean {
  const area = file.split('/')[0] ?? ''
  const target = specifier.startsWith('.') ? normalize(join(file, '..', specifier)).split('/')[0] : /^#(\w+)/.exec(specifier)?.[1]
  if (target === undefined || target === area) return specifier.startsWith('#') && target === area
  if (specifier.startsWith('.')) return !CROSSINGS.has(`${file} imports ${specifier}`)
  return !(MAY_IMPORT[area] ?? []).includes(target)
}

test('an import is seen however it is written', () => {
  const source = "import {\n  a,\n  b\n} from './one.ts'\nexport type { C } from './two.ts'\nimport './three.ts'\nconst late = await import('./four.ts')\n"
  assert.deepEqual([...importsOf('node/x.ts', source)].map(({ specifier, typeOnly }) => [specifier, typeOnly]), [['./one.ts', false], ['./two.ts', true], ['./three.ts', false], ['./four.ts', false]])
})

test('no area imports what its place in the architecture does not allow', () => {
  assert.deepEqual(allImports().filter(trespass).map(({ file, specifier }) => `${file} imports ${specifier}`), [])
})

test('the web takes only types, and only of the HTTP contract', () => {
  const wrong = allImports().filter(({ file, specifier, typeOnly }) => file.startsWith('web/') && specifier.startsWith('#') && !(typeOnly && specifier === '#protocols/http.ts'))
  assert.deepEqual(wrong, [])
})

test('protocols/ touches neither network nor disk beyond its own .proto files', () => {
  const wrong = allImports().filter(({ file, specifier }) => file.startsWith('protocols/') && /^node:(net|http|dgram|child_process|worker_threads)/.test(specifier))
  assert.deepEqual(wrong, [])
})

for (const [dependency, place] of Object.entries(KNOWN_BY)) {
  test(`${dependency} is known only where it belongs`, () => {
    const matches = (specifier: string): boolean => dependency.endsWith('/') ? specifier.startsWith(dependency) : specifier === dependency || specifier.startsWith(`${dependency}/`)
    const wrong = allImports().filter(({ file, specifier, typeOnly }) => !typeOnly && matches(specifier) && !place.test(file))
    assert.deepEqual(wrong.map(({ file, specifier }) => `${file} imports ${specifier}`), [])
  })
}

test('no import goes in a circle', () => {
  const graph = new Map<string, string[]>()
  for (const { file, specifier, typeOnly } of allImports()) {
    if (typeOnly || !specifier.startsWith('.')) continue
    graph.set(file, [...(graph.get(file) ?? []), normalize(join(file, '..', specifier))])
  }
  const done = new Set<string>()
  const visit = (file: string, path: string[]): void => {
    if (path.includes(file)) assert.fail(`circle: ${[...path.slice(path.indexOf(file)), file].join(' → ')}`)
    if (done.has(file)) return
    for (const next of graph.get(file) ?? []) visit(next, [...path, file])
    done.add(file)
  }
  for (const file of graph.keys()) visit(file, [])
})

test('no encoder is given options that the collector would free twice', () => {
  const wrong = Object.keys(MAY_IMPORT).flatMap((area) => [...sources(area)]).filter((file) => /Encoder\.create(?:Sync)?\([^;]*?\boptions: /.test(readFileSync(join(ROOT, file), 'utf8')))
  assert.deepEqual(wrong, [], 'codecOptions sets them')
})

test('every protocol that is spoken is in the README of protocols, and no other', () => {
  const namesIn = (text: string): string[] => [...text.matchAll(/\/thatdam\/[a-z]+\/(?:1\.0\.0)?/g)].map(([name]) => name)
  const spoken = ['ring', 'node', 'protocols'].flatMap((area) => [...sources(area)]).flatMap((file) => namesIn(readFileSync(join(ROOT, file), 'utf8')))
  assert.deepEqual([...new Set(namesIn(readFileSync(join(ROOT, 'protocols/README.md'), 'utf8')))].sort(), [...new Set(spoken)].sort())
})

test('no file of the product is longer than 400 lines', () => {
  const long = Object.keys(MAY_IMPORT).flatMap((area) => [...sources(area)]).filter((file) => readFileSync(join(ROOT, file), 'utf8').split('\n').length > 400)
  assert.deepEqual(long, [])
})

test.run()
