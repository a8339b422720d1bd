import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Frame } from 'node-av/lib'
import { AV_PIX_FMT_YUV420P } from 'node-av/constants'
import { test } from 'uvu'
import { videoEncoder } from '../../../peer/sources/encoders.ts'

const run = promisify(execFile)

test('encoders that were closed are collected without harm, also when the process ends', async () => {
  const { stdout } = await run(process.execPath, ['--expose-gc', join(import.meta.dirname, 'collected-encoders.ts')])
  assert.match(stdout, /^600 packets$/m)
})

test('a picture that changes its size ends the encoding instead of being cut', () => {
  const encoder = videoEncoder({ bitsPerSecond: 400_000, gop: 10, fps: 10 })
  const frame = (width: number, height: number, at: number) => Frame.fromVideoBuffer(Buffer.alloc((width * height * 3) / 2, 128), { width, height, format: AV_PIX_FMT_YUV420P, timeBase: { num: 1, den: 90_000 }, pts: BigInt(at * 9_000) })
  try {
    assert.ok(encoder.encode(frame(320, 180, 0)).length > 0)
    assert.ok(encoder.encode(frame(320, 180, 1)).length > 0)
    assert.throws(() => encoder.encode(frame(640, 360, 2)), /its picture's format changed from 320x180 to 640x360: it is opened anew/)
  } finally {
    encoder.close()
  }
})

test.run()
