/** A libp2p host with nothing but TCP, noise and yamux: as the library has them, or as our hosts set them up. */
import { noise } from '@chainsafe/libp2p-noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p, type Libp2p, type Libp2pOptions } from 'libp2p'
import { noiseWithKeys } from '../../ring/network/noise-with-keys.ts'
import { yamuxHalfWindow } from '../../ring/network/yamux-half-window.ts'

export interface BareSetup { readonly encrypter: unknown; readonly muxer: unknown }

export const LIBRARY: BareSetup = { encrypter: noise(), muxer: yamux() }
export const KEPT_KEYS: BareSetup = { encrypter: noiseWithKeys(), muxer: yamux() }
export const OURS: BareSetup = { encrypter: noiseWithKeys(), muxer: yamuxHalfWindow({}) }

export function bareHost({ encrypter, muxer }: BareSetup): Promise<Libp2p> {
  return createLibp2p({ addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] }, transports: [tcp()], connectionEncrypters: [encrypter], streamMuxers: [muxer] } as Libp2pOptions)
}
