import assert from 'node:assert/strict'
import { test } from 'uvu'
import { OTHER_FILES, placesWithin, readLimits, socketsOf } from '../../../node/live/open-files.ts'

const limits = (files: string): string => `Limit                     Soft Limit           Hard Limit           Units     \nMax processes             3                    3                    processes \nMax open files            ${files.padEnd(20)} 1048576              files     \n`
const WANTED = { viewers: 2_000, publishers: 32 }

test('who comes has a place while there are open files for their sockets', () => {
  assert.deepEqual(placesWithin(limits('1048576'), 5, WANTED), WANTED)
  assert.deepEqual(placesWithin(limits(String(OTHER_FILES + 5 * 2_032)), 5, WANTED), WANTED)
  assert.deepEqual(placesWithin(limits(String(OTHER_FILES + 5 * 2_032 - 1)), 5, WANTED), { viewers: 1_999, publishers: 32 })
  assert.deepEqual(placesWithin(limits('4096'), socketsOf(3, true), WANTED), { viewers: 260, publishers: 32 })
  assert.deepEqual(placesWithin(limits('4096'), socketsOf(3, false), { viewers: 10, publishers: 32 }), { viewers: 10, publishers: 32 })
})

test('one of each is taken however few there are, and as many as are wanted where nothing says how many', () => {
  for (const files of ['1024', '2048', '2053']) assert.deepEqual(placesWithin(limits(files), 5, WANTED), { viewers: 1, publishers: 1 })
  for (const text of ['', limits('unlimited')]) assert.deepEqual(placesWithin(text, 5, WANTED), WANTED)
})

test('what this process may have is read where Linux says it', () => {
  if (process.platform === 'linux') assert.ok(placesWithin(readLimits(), 1, { viewers: Number.MAX_SAFE_INTEGER, publishers: 1 }).viewers < Number.MAX_SAFE_INTEGER)
})

test.run()
