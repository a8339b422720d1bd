import type { Socket } from 'node:dgram'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildRtp } from '#protocols/rtp/packet.ts'

/** A camera of 2.8 Mbit/s: thirty pictures a second of ten packets each. */
export const PACKETS_PER_SECOND = 300
const FRAME_PACKETS = 10
const FRAME_MS = 1_000 * FRAME_PACKETS / PACKETS_PER_SECOND
const payload = new Uint8Array(1_188).fill(0x65) // an IDR slice, as far as anyone looks
const last = payload.subarray(0, 700)

let sequence = 0

/** Pictures in real time to a port, each at once, for so long; their RTP time is the clock of this machine, so that viewers see the delay. Answers how many packets. */
export async function framesFor(ms: number, socket: Socket, port: number): Promise<number> {
  const write = (rtp: Buffer): void => socket.send(rtp, port, '127.0.0.1')
  const began = performance.now()
  let frames = 0
  for (let elapsed = 0; elapsed < ms; elapsed = performance.now() - began) {
    for (; frames * FRAME_MS < elapsed; frames++) frame(write)
    await sleep(2)
  }
  return frames * FRAME_PACKETS
}

function frame(write: (rtp: Buffer) => void): void {
  const timestamp = Number((process.hrtime.bigint() * 9n / 100_000n) & 0xffffffffn)
  for (let i = 1; i <= FRAME_PACKETS; i++) {
    sequence = (sequence + 1) & 0xffff
    const marker = i === FRAME_PACKETS
    write(Buffer.from(buildRtp({ marker, payloadType: 96, sequence, timestamp, ssrc: 1 }, marker ? last : payload)))
  }
}
