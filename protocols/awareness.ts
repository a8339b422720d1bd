import { protoFile } from './codec.ts'

/** The gossip topic on which nodes tell who looks at what. */
export const awarenessTopic = (ringId: string): string => `/thatdam/awareness/${ringId}`

/** People told of one node. @default 200 */
export const MAX_PEOPLE_TOLD = 200

/** One open page. */
export interface Here {
  session: string
  name: string
  /** Empty: the library. */
  asset: string
  /** Empty: only looking. */
  editing: string
}

export const awarenessCodec = protoFile('./awareness.proto')<{ people: Here[] }>('Awareness', 60_000)
