import type { Asset } from '#ring'
import type { BlobDoor } from '../../derive/blob-door.ts'
import type { DeriveOptions, DeriveProcesses } from '../../derive/derive-process.ts'
import { lendOriginal } from '../../derive/lend-original.ts'
import type { Originals } from '../../folders/originals.ts'
import { demuxerOf } from '../../library/sniff.ts'
import type { SyncSource } from './sync-sound.ts'
import type { SoundSync, SyncOrder } from './take-orders.ts'

export interface SyncsComponents {
  readonly originals: Pick<Originals, 'read'>
  readonly door: Pick<BlobDoor, 'lend'>
  readonly processes: Pick<DeriveProcesses<SyncOrder, SoundSync>, 'run'>
}

/** Compares what two recordings heard, in a process of its own. */
export interface Syncs {
  /** Where `second` lies on the clock of `first`. @throws RefusedError, RemoteError, the signal's reason */
  sync(first: Asset, second: Asset, options: DeriveOptions): Promise<SoundSync>
}

export function createSyncs({ originals, door, processes }: SyncsComponents): Syncs {
  const lend = <T>(asset: Asset, use: (source: SyncSource) => Promise<T>): Promise<T> => lendOriginal({ door, originals }, asset, use)
  return {
    sync: (first, second, options) => lend(first, (a) => lend(second, (b) => processes.run({ first: a, second: b }, options)))
  }
}

/** Whether there is sound in it that can be compared. */
export const hasSound = ({ facts }: Asset): boolean => facts.kind !== 'image' && facts.probe.audioCodec !== undefined && (facts.probe.durationMs ?? 0) > 0 && demuxerOf(facts.mime) !== undefined
