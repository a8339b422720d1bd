import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { test } from 'uvu'

const run = promisify(execFile)

test('encoders that were closed are collected without harm, also when the process ends', async () => {
  const { stdout } = await run(process.execPath, ['--expose-gc', join(import.meta.dirname, 'collected-encoders.ts')])
  assert.match(stdout, /^600 packets$/m)
})

test.run()
