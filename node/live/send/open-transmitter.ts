import { koffiTransmitter } from './koffi-transmitter.ts'
import { nodeCrypto } from './node-crypto.ts'
import { nodeTransmitter, type Transmitter } from './transmitter.ts'

/** Set to `node` to do without the accelerator. */
export const SENDER_VARIABLE = 'THATDAM_SENDER'

/** The fastest way this machine has; one for each thread. `refused` hears why the accelerator is not used. */
export async function openTransmitter(refused: (why: string) => void = () => {}): Promise<Transmitter> {
  if (process.env[SENDER_VARIABLE] === 'node') {
    refused(`${SENDER_VARIABLE}=node`)
    return nodeTransmitter(nodeCrypto)
  }
  return await koffiTransmitter(refused) ?? nodeTransmitter(nodeCrypto)
}
