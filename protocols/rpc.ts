import { protoFile, type Codec } from './codec.ts'

/** One request or answer on a request stream. */
export interface RpcFrame {
  /** Chosen by the caller, 1 or more; 0 in an answer speaks of the whole stream, which then ends. */
  id: number
  body: Uint8Array
  /** Empty when `body` is the answer. */
  errorCode: string
  errorMessage: string
}

/** Room a frame needs beside its body, in bytes: ids, lengths, an error's code and message. @default 4096 */
export const RPC_FRAME_OVERHEAD_BYTES = 4_096

const rpcFile = protoFile('./rpc.proto')

/** Frames whose body is at most `maxBodyBytes` long. */
export function rpcFrameCodec(maxBodyBytes: number): Codec<RpcFrame> {
  return rpcFile<RpcFrame>('RpcFrame', maxBodyBytes + RPC_FRAME_OVERHEAD_BYTES)
}
