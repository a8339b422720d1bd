import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import { compiledFrom, DIST, isCompiled, sourcesStamp, STAMP_FILE } from '../../../node/bin/compiled.js'

const test = suite('the compiled command')
const ROOT = join(import.meta.dirname, '../../..')

test('it is used for as long as no source was changed, added or taken away', async () => {
  const root = await mkdtemp(join(tmpdir(), 'thatdam-compiled-'))
  const source = join(root, 'node/cli/main.ts')
  const restore = async (): Promise<void> => {
    await writeFile(source, 'export const one = 1\n')
    await utimes(source, 1_000, 1_000)
  }
  try {
    for (const folder of ['node/cli', 'peer', 'protocols', 'ring', DIST]) await mkdir(join(root, folder), { recursive: true })
    await restore()
    await writeFile(join(root, 'package-lock.json'), '{}')
    assert.equal(isCompiled(root), false, 'nothing was compiled')
    await writeFile(join(root, DIST, STAMP_FILE), sourcesStamp(root))
    await writeFile(join(root, DIST, 'main.js'), '')
    assert.equal(isCompiled(root), true)
    await writeFile(source, 'export const one = 2\n')
    assert.equal(isCompiled(root), false, 'changed, though as long')
    await restore()
    assert.equal(isCompiled(root), true)
    await writeFile(join(root, 'ring/two.ts'), '')
    assert.equal(isCompiled(root), false, 'added')
    await rm(join(root, 'ring/two.ts'))
    assert.equal(isCompiled(root), true)
    await writeFile(join(root, 'package-lock.json'), '{ }')
    assert.equal(isCompiled(root), false, 'other packages')
    await writeFile(join(root, 'package-lock.json'), '{}')
    await rm(source)
    assert.equal(isCompiled(root), false, 'taken away')
  } finally {
    await rm(root, { recursive: true })
  }
})

test('all that the command loads was compiled', async () => {
  if (!isCompiled()) return void process.stdout.write('skipped: sources changed since npm ci\n')
  const loaded = [...(await readFile(join(ROOT, 'node/bin/thatdam.js'), 'utf8')).matchAll(/\bload\('([^']+)'\)/g)].map(([, source = '']) => source)
  assert.ok(loaded.length > 3, `${loaded.length}`)
  assert.deepEqual(loaded.filter((source) => !existsSync(join(ROOT, 'node/bin', compiledFrom(source)))), [])
})

test('every file that it names beside a source is there', async () => {
  if (!isCompiled()) return void process.stdout.write('skipped: sources changed since npm ci\n')
  const named: string[] = []
  for (const file of await readdir(join(ROOT, DIST))) {
    if (!file.endsWith('.js')) continue
    const text = await readFile(join(ROOT, DIST, file), 'utf8')
    const folder = new URL(`file://${join(ROOT, DIST, file)}`)
    for (const [, path = '', source = ''] of text.matchAll(/new URL\(\s*["']([^"']+)["'],\s*new URL\(\s*["']([^"']+)["'],\s*import\.meta\.url\)\.href\s*\)/g)) named.push(new URL(path, new URL(source, folder)).pathname)
    for (const [, path = ''] of text.matchAll(/join\(import\.meta\.dirname, ["']([^"']+)["']\)/g)) named.push(join(ROOT, DIST, path))
  }
  assert.ok(named.length > 10, `${named.length}`)
  assert.deepEqual(named.filter((path) => !existsSync(path)), [])
})

test.run()
