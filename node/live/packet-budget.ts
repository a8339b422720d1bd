import { OverloadedError } from '#protocols/errors.ts'

/** Most bytes a second one camera may send, on average. @default 25000000 */
export const MAX_CAMERA_BYTES_PER_SECOND = 25_000_000
/** Most packets a second one camera may send, on average. @default 40000 */
export const MAX_CAMERA_PACKETS_PER_SECOND = 40_000
/** Seconds' worth that may come at once: what a peer kept while its link was down. */
const BURST_SECONDS = 10

/** Answers a function to call with every batch. @throws OverloadedError when more came than a camera may send */
export function packetBudget(now: () => number = () => performance.now()): (packets: number, bytes: number) => void {
  let sinceMs = now()
  let packets = 0
  let bytes = 0
  return (morePackets, moreBytes) => {
    const seconds = (now() - sinceMs) / 1000
    sinceMs = now()
    packets = Math.max(0, packets - seconds * MAX_CAMERA_PACKETS_PER_SECOND) + morePackets
    bytes = Math.max(0, bytes - seconds * MAX_CAMERA_BYTES_PER_SECOND) + moreBytes
    if (packets > MAX_CAMERA_PACKETS_PER_SECOND * BURST_SECONDS || bytes > MAX_CAMERA_BYTES_PER_SECOND * BURST_SECONDS) {
      throw new OverloadedError(`more than ${MAX_CAMERA_BYTES_PER_SECOND} bytes or ${MAX_CAMERA_PACKETS_PER_SECOND} packets a second from one camera`)
    }
  }
}
