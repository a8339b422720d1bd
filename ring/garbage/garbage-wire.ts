import { GARBAGE_PROTOCOL, type GarbageRequest, type GarbageResponse, garbageRequestCodec, garbageResponseCodec, MAX_GARBAGE_IDS } from '#protocols/garbage.ts'
import { InvalidMessageError } from '#protocols/errors.ts'
import { type ChunkId, chunkIdOfDigest, digestOf, type PeerId } from '#protocols/ids.ts'
import type { AbortOptions } from '../base/lifecycle.ts'
import type { Network, RpcProtocol } from '../network/network.ts'

/** `/thatdam/garbage/1.0.0`: nodes only. */
export const garbageProtocol: RpcProtocol<GarbageRequest, GarbageResponse> = {
  id: GARBAGE_PROTOCOL, roles: ['node'], request: garbageRequestCodec, response: garbageResponseCodec, maxInFlight: 16
}

/** What one node asks another before it deletes anything. All reject as `Network.request` does. */
export interface GarbageClient {
  /** How long ago its oldest write under way began (0: none), and its clock, both in ms. */
  writes(peer: PeerId, options?: AbortOptions): Promise<{ oldestMs: number; nowMs: number }>
  /** Which of these (at most MAX_GARBAGE_IDS) the peer does not hold, or holds as garbage; in their order. */
  agree(peer: PeerId, ids: readonly ChunkId[], options?: AbortOptions): Promise<boolean[]>
  /** Everybody agreed on these. Answers how many it deleted. */
  sweep(peer: PeerId, ids: readonly ChunkId[], options?: AbortOptions): Promise<number>
}

export function createGarbageClient(network: Pick<Network, 'request'>): GarbageClient {
  const ask = async <K extends keyof GarbageResponse>(peer: PeerId, request: GarbageRequest, answer: K, options?: AbortOptions): Promise<NonNullable<GarbageResponse[K]>> => {
    const response = (await network.request(peer, garbageProtocol, request, options))[answer]
    if (response === undefined || response === null) throw new InvalidMessageError(`${GARBAGE_PROTOCOL}: the answer of ${peer} has no "${answer}"`)
    return response
  }
  return {
    async writes(peer, options) {
      const { oldestMs, nowMs } = await ask(peer, { writes: {} }, 'writes', options)
      if (!(oldestMs >= 0) || !(nowMs > 0)) throw new InvalidMessageError(`${GARBAGE_PROTOCOL}: times that can not be: ${oldestMs}, ${nowMs}`)
      return { oldestMs, nowMs }
    },
    async agree(peer, ids, options) {
      const { agreed } = await ask(peer, { agree: { ids: ids.map(digestOf) } }, 'agree', options)
      if (agreed.length !== ids.length) throw new InvalidMessageError(`${GARBAGE_PROTOCOL}: asked about ${ids.length} chunks, answered for ${agreed.length}`)
      return agreed
    },
    sweep: async (peer, ids, options) => (await ask(peer, { sweep: { ids: ids.map(digestOf) } }, 'sweep', options)).deleted
  }
}

/** What a node answers. */
export interface GarbageAnswers {
  writes(): { oldestMs: number; nowMs: number }
  agree(ids: readonly ChunkId[]): Promise<boolean[]>
  sweep(ids: readonly ChunkId[]): Promise<number>
}

/** @throws InvalidMessageError for what is no request */
export async function answerGarbage(request: GarbageRequest, answers: GarbageAnswers): Promise<GarbageResponse> {
  if (request.writes) return { writes: answers.writes() }
  if (request.agree) return { agree: { agreed: await answers.agree(idsOf(request.agree.ids)) } }
  if (request.sweep) return { sweep: { deleted: await answers.sweep(idsOf(request.sweep.ids)) } }
  throw new InvalidMessageError(`${GARBAGE_PROTOCOL}: a request says one of writes, agree and sweep`)
}

function idsOf(digests: readonly Uint8Array[]): ChunkId[] {
  if (digests.length > MAX_GARBAGE_IDS || digests.some(({ byteLength }) => byteLength !== 32)) throw new InvalidMessageError(`${GARBAGE_PROTOCOL}: at most ${MAX_GARBAGE_IDS} ids of 32 bytes`)
  return digests.map((digest) => chunkIdOfDigest(digest.slice()))
}
