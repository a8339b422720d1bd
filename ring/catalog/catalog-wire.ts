import { CATALOG_PROTOCOL, type CatalogRequest, catalogRequestCodec, type CatalogResponse, catalogResponseCodec, type SyncAnswer } from '#protocols/catalog.ts'
import { InvalidMessageError } from '#protocols/errors.ts'
import type { PeerId } from '#protocols/ids.ts'
import type { AbortOptions } from '../base/lifecycle.ts'
import type { Network, RpcProtocol } from '../network/network.ts'

/** `/thatdam/catalog/1.0.0`: nodes only. */
export const catalogProtocol: RpcProtocol<CatalogRequest, CatalogResponse> = {
  id: CATALOG_PROTOCOL,
  roles: ['node'],
  request: catalogRequestCodec,
  response: catalogResponseCodec
}

/** The three questions one catalog asks another. */
export interface CatalogClient {
  /** Resolves when the member has it on disk. */
  push(peer: PeerId, document: string, update: Uint8Array, options: AbortOptions): Promise<void>
  digests(peer: PeerId, options: AbortOptions): Promise<Map<string, Uint8Array>>
  sync(peer: PeerId, document: string, stateVector: Uint8Array, options: AbortOptions): Promise<SyncAnswer>
}

export function catalogClient(network: Pick<Network, 'request'>): CatalogClient {
  const ask = async <K extends keyof CatalogResponse>(peer: PeerId, request: CatalogRequest, answer: K, options: AbortOptions): Promise<NonNullable<CatalogResponse[K]>> => {
    const response = (await network.request(peer, catalogProtocol, request, options))[answer]
    if (response === undefined || response === null) throw new InvalidMessageError(`${CATALOG_PROTOCOL}: the answer of ${peer} has no "${answer}"`)
    return response
  }
  return {
    push: async (peer, document, update, options) => { await ask(peer, { push: { document, update } }, 'pushed', options) },
    digests: async (peer, options) => new Map(Object.entries((await ask(peer, { digests: {} }, 'digests', options)).digests)),
    sync: (peer, document, stateVector, options) => ask(peer, { sync: { document, stateVector } }, 'sync', options)
  }
}
