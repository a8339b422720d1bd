// needs: ffmpeg
import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { silentLog } from '#ring/base/log.ts'
import { parseSource } from '../../../peer/sources/source-spec.ts'
import { supervisedSource } from '../../../peer/sources/supervised-source.ts'
import { bareRtspCamera, hevcPictures } from '../../support/bare-rtsp-camera.ts'
import { recordSource } from './record-source.ts'

const test = suite('an HEVC camera that describes no parameter sets')
const units = await hevcPictures(8)

for (const [how, first] of [['begins with a keyframe', 0], ['begins six seconds before its next keyframe', 60]] as const) {
  for (const keepHevc of [true, false]) {
    test(`it is ${keepHevc ? 'kept' : 'encoded as H.264'} where it ${how}`, async () => {
      const camera = await bareRtspCamera(units, first)
      try {
        const source = supervisedSource({ log: silentLog }, { spec: parseSource(camera.url), keepHevc })
        const { units: pictures, events } = await recordSource(camera.url, (got) => got.units.length >= 30, 40_000, source)
        const [tracks] = events.flatMap((event) => event.type === 'tracks' ? [event.tracks] : [])
        assert.deepEqual(tracks?.map(({ codec, width, height }) => [codec, width, height]), [[keepHevc ? 'H265' : 'H264', 320, 240]])
        assert.ok(pictures[0]?.keyframe)
      } finally {
        await camera.close()
      }
    })
  }
}

test.run()
