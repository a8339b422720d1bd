import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fitsAny } from '../../../node/folders/patterns.ts'

const test = suite('patterns of files')

const fits = (pattern: string, path: string): boolean => fitsAny([pattern])(path)

test('a pattern without a slash fits a name at any depth, whatever its capitals', () => {
  for (const path of ['a.mov', 'A.MOV', 'day 1/b.mov']) assert.ok(fits('*.mov', path), path)
  for (const path of ['a.mov.part', 'mov', 'a.mov/b.mp4']) assert.not(fits('*.mov', path), path)
  assert.ok(fits('Proxy', 'card/proxy'))
  assert.ok(fits('Proxy/', 'proxy'))
})

test('a pattern with a slash fits the path from the folder on', () => {
  for (const path of ['2026/a.mov', '2026/11/b.mov']) assert.ok(fits('2026/**', path), path)
  assert.not(fits('2026/**', 'old/2026/a.mov'))
  assert.ok(fits('2026/*.mov', '2026/a.mov'))
  assert.not(fits('2026/*.mov', '2026/11/a.mov'))
  for (const path of ['CLIP/a.mxf', 'card/CLIP/a.mxf', 'a/b/CLIP/a.mxf']) assert.ok(fits('**/CLIP/*.mxf', path), path)
  assert.ok(fits('./2026/a.mov', '2026/a.mov'))
})

test('classes, choices and single characters are known; everything else is itself', () => {
  assert.ok(fits('C000[1-3].MP4', 'C0002.MP4'))
  assert.not(fits('C000[!1-3].MP4', 'C0002.MP4'))
  assert.ok(fits('*.{mov,mp4}', 'a.mp4'))
  assert.not(fits('*.{mov,mp4}', 'a.mkv'))
  assert.ok(fits('take?.wav', 'take7.wav'))
  for (const name of ['a+b (1).mov', '$1^|.mov', '[', '{', '}', 'a,b', '\\']) assert.ok(fits(name === '[' ? '[' : name, name), name)
  assert.not(fits('a.mov', 'abmov'))
})

test('no pattern is an error, and none takes long', () => {
  for (const pattern of ['[', '[]', '[!]', '[z-a]', '{{{', '}}', '{a,{b,c}', '***', '?'.repeat(200), '[\\]', '(', '[^]', '[a-]']) {
    let isFine = true
    try {
      fits(pattern, 'some/path.mov')
    } catch {
      isFine = false
    }
    assert.ok(isFine, pattern)
  }
  const before = performance.now()
  fits(`${'*a'.repeat(60)}b`, 'a'.repeat(255))
  assert.ok(performance.now() - before < 5_000)
})

test.run()
