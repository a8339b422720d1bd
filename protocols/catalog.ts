import { protoFile, type Codec } from './codec.ts'
import { InvalidMessageError } from './errors.ts'

export const CATALOG_PROTOCOL = '/thatdam/catalog/1.0.0'

/** The gossip topic of a ring's catalog. */
export const catalogTopic = (ringId: string): string => `/thatdam/catalog/${ringId}`

/** Longest Yjs update a member may send, in bytes. @default 8388608 */
export const MAX_CATALOG_UPDATE_BYTES = 8 * 1024 * 1024
/** Longest gossiped message, in bytes; a longer change is only pushed. @default 65536 */
export const MAX_CATALOG_GOSSIP_BYTES = 64 * 1024
/** Longest state vector a member may send, in bytes: room for some 100,000 writers of one document. @default 1048576 */
export const MAX_STATE_VECTOR_BYTES = 1024 * 1024

/** A change of one document. */
export interface CatalogUpdate {
  /** `root`, or `00` to `ff`. */
  document: string
  /** Yjs update, v1. */
  update: Uint8Array
}

export interface SyncRequest {
  document: string
  stateVector: Uint8Array
}

export interface SyncAnswer {
  update: Uint8Array
  stateVector: Uint8Array
}

export interface DigestsAnswer {
  /** SHA-256 per document that is not empty. */
  digests: Record<string, Uint8Array>
}

/** Exactly one field is set. */
export interface CatalogRequest {
  push?: CatalogUpdate | null
  digests?: object | null
  sync?: SyncRequest | null
}

/** The field of the request's name is set. */
export interface CatalogResponse {
  pushed?: object | null
  digests?: DigestsAnswer | null
  sync?: SyncAnswer | null
}

const ENVELOPE_BYTES = 4096

const message = protoFile('./catalog.proto')
const maxBytes = MAX_CATALOG_UPDATE_BYTES + MAX_STATE_VECTOR_BYTES + ENVELOPE_BYTES

export const catalogUpdateCodec = message<CatalogUpdate>('CatalogUpdate', MAX_CATALOG_GOSSIP_BYTES)
export const catalogRequestCodec = message<CatalogRequest>('CatalogRequest', maxBytes)
export const catalogResponseCodec = withDigests(message<CatalogResponse>('CatalogResponse', maxBytes))

/** An entry of the map may lack its value on the wire: that is no digest. */
function withDigests(codec: Codec<CatalogResponse>): Codec<CatalogResponse> {
  return {
    ...codec,
    decode(bytes) {
      const response = codec.decode(bytes)
      for (const digest of Object.values(response.digests?.digests ?? {})) if (!(digest instanceof Uint8Array)) throw new InvalidMessageError('CatalogResponse: a digest is missing')
      return response
    }
  }
}
