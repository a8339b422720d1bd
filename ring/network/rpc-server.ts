import { setTimeout as sleep } from 'node:timers/promises'
import { OverloadedError } from '#protocols/errors.ts'
import { rpcFrameCodec, type RpcFrame } from '#protocols/rpc.ts'
import type { Logger } from '../base/log.ts'
import { abortable } from '../base/abortable.ts'
import type { FrameStream } from './frame-stream.ts'
import { decodeOrAbort, encodeWithin } from './message-stream.ts'
import type { Caller, RpcProtocol } from './network.ts'
import { errorFields } from './rpc-errors.ts'

/** Requests one caller may have waiting, unless the protocol says otherwise. @default 64 */
export const DEFAULT_MAX_IN_FLIGHT = 64
/** A handler that takes longer is answered for, in ms. @default 60000 */
export const HANDLER_TIMEOUT_MS = 60_000
/** A request stream without a request for this long is closed by the server, in ms; callers close theirs sooner. @default 300000 */
export const SERVER_IDLE_TIMEOUT_MS = 300_000

/** Request streams one caller may have open per protocol; callers use one, and another while they reconnect. @default 8 */
export const MAX_REQUEST_STREAMS = 8
/** Requests one stream may ask per second; one that asks more is read more slowly. @default 2000 */
export const MAX_REQUESTS_PER_SECOND = 2_000

export type RpcHandler<Req, Res> = (request: Req, caller: Caller, options: { signal: AbortSignal }) => Promise<Res>

/** Answer the requests of one caller until its stream ends. Resolves when no handler of it is at work any more: a caller that closes its stream has its requests counted for as long as they hold what it sent. */
export async function answerRequests<Req, Res>(frames: FrameStream, protocol: RpcProtocol<Req, Res>, caller: Caller, handler: RpcHandler<Req, Res>, log: Logger): Promise<void> {
  const requestFrames = rpcFrameCodec(protocol.request.maxBytes)
  const answerFrames = rpcFrameCodec(protocol.response.maxBytes)
  const maxInFlight = protocol.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT
  const pace = requestPace()
  const atWork = new Set<Promise<unknown>>()
  let inFlight = 0

  const send = (frame: Partial<RpcFrame>): Promise<void> => frames.write(encodeWithin(answerFrames, frame as RpcFrame))

  async function answer({ id, body }: RpcFrame): Promise<void> {
    const signal = AbortSignal.any([frames.ended, AbortSignal.timeout(HANDLER_TIMEOUT_MS)])
    try {
      const work = handler(protocol.request.decode(body), caller, { signal })
      atWork.add(work)
      work.finally(() => atWork.delete(work)).catch(() => {}) // it is answered for below
      const response = await abortable(work, signal)
      await send({ id, body: encodeWithin(protocol.response, response) })
    } catch (err) {
      if (frames.ended.aborted) return
      log('%s of %s failed - %s', protocol.id, caller.peerId, err)
      await send({ id, ...errorFields(err, caller.role) })
    }
  }

  async function take(frame: RpcFrame): Promise<void> {
    if (inFlight >= maxInFlight) return send({ id: frame.id, ...errorFields(new OverloadedError(`more than ${maxInFlight} requests at once: wait for answers first`), caller.role) })
    inFlight++
    // an answer that cannot be written has its stream already ended
    void answer(frame).catch(() => {}).finally(() => { inFlight-- })
  }

  try {
    while (true) {
      const frame = await frames.read({ signal: AbortSignal.timeout(SERVER_IDLE_TIMEOUT_MS) })
      if (frame === undefined) return
      await pace()
      await take(decodeOrAbort(frames, requestFrames, frame))
    }
  } finally {
    await Promise.allSettled(atWork)
  }
}

/** Resolves when the next request may be taken. */
function requestPace(): () => Promise<void> | undefined {
  let windowMs = performance.now()
  let taken = 0
  return () => {
    const now = performance.now()
    if (now - windowMs >= 1_000) {
      windowMs = now
      taken = 0
    }
    if (++taken <= MAX_REQUESTS_PER_SECOND) return undefined
    return sleep(windowMs + 1_000 - now, undefined, { ref: false })
  }
}

/** Tell a caller why nothing it asks on this stream will be answered. */
export async function refuseStream(frames: FrameStream, reason: unknown): Promise<void> {
  await frames.write(rpcFrameCodec(0).encode({ id: 0, ...errorFields(reason, undefined) } as RpcFrame))
  await frames.close()
}
