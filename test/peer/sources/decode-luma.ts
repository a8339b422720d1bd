/** Run as a program: decodes a raw H.264 file and writes each picture's luma plane after the other; prints their size. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { Decoder, Demuxer, FilterAPI } from 'node-av/api'

const [input = '', output = ''] = process.argv.slice(2)
const demuxer = await Demuxer.open(input, { format: 'h264' })
const video = demuxer.video()
if (video === undefined) throw new Error('no picture')
const decoder = Decoder.createSync(video)
const filter = FilterAPI.create('format=gray')
const file = openSync(output, 'w')
let size = { width: 0, height: 0 }
for (const frame of filter.framesSync(decoder.framesSync(demuxer.packetsSync(video.index)))) {
  if (frame === null) continue
  size = { width: frame.width, height: frame.height }
  writeSync(file, frame.toBuffer())
  frame.free()
}
closeSync(file)
process.stdout.write(JSON.stringify(size), () => process.exit(0))
