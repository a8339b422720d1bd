/** What looking for motion before a live camera costs: every picture decoded and five of a second looked at, against a keyframe a second. In one process: passing the pictures on is not in it. */
import type { CameraId } from '#protocols/ids.ts'
import { parseRtp } from '#protocols/rtp/packet.ts'
import { depacketiserOf } from '#protocols/rtp/video-codecs.ts'
import { createCameraDecoders } from '../../node/library/keyframes/camera-decoders.ts'
import type { MotionLook } from '../../node/recording/motion-detector.ts'
import { createMotionGroup } from '../../node/recording/motion-group.ts'
import { blocksOf, changeOf } from '../../node/recording/motion-picture.ts'
import { type Clip, makeClip } from '../support/camera-clip.ts'
import { type Case, inTurns, type Row } from './measure.ts'

const SECONDS = 10
const ROUNDS = 5
const porch = 'porch' as CameraId
type Group = Pick<MotionLook, 'pictures' | 'goesOn'>

export async function run(): Promise<Row[]> {
  const rows: Row[] = []
  for (const [size, bitrate] of [['1280x720', '4M'], ['1920x1080', '8M']] as const) rows.push(...await inTurns(casesOf(size, await makeClip({ seconds: SECONDS, size, bitrate, filter: 'noise=alls=6:allf=t' })), ROUNDS))
  return rows
}

function casesOf(size: string, clip: Clip): Case[] {
  const all = groupsOf(clip)
  const keyframes = all.filter(({ goesOn }) => !goesOn)
  const one = (name: string, groups: readonly Group[], baseline?: string): Case => ({ name, unit: 'ms/s', ...(baseline !== undefined && { baseline }), note: `${groups.length / SECONDS} looks a second`, sample: async () => cpuMs(groups) / SECONDS })
  return [one(`${size}, keyframes`, keyframes), one(`${size}, every picture`, all, `${size}, keyframes`)]
}

/** As a live camera's watch asks for them. */
function groupsOf({ steps }: Clip): Group[] {
  const pictures = depacketiserOf('H264')
  const group = createMotionGroup({ codec: 'H264', nowMs: () => 0 })
  return steps.flatMap(({ packets }) => packets).flatMap(({ track, rtp }) => {
    for (const unit of track === 0 ? pictures.push(parseRtp(rtp)) : []) group.add(unit)
    return group.due() ?? []
  })
}

function cpuMs(groups: readonly Group[]): number {
  const decoders = createCameraDecoders()
  const before = process.cpuUsage()
  let last: Float32Array | undefined
  for (const { pictures, goesOn } of groups) {
    const blocks = decoders.decode(porch, 'H264', pictures, goesOn, ({ data, width, height, linesize }) => blocksOf(data![0]!, width, height, linesize[0]!))
    if (blocks === undefined) throw new Error('a picture did not decode')
    if (last !== undefined) changeOf(last, blocks)
    last = blocks
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e3
}
