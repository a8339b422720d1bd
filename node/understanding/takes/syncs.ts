import type { Asset } from '#ring'
import type { AbortOptions } from '#ring/base/lifecycle.ts'
import type { BlobDoor } from '../../derive/blob-door.ts'
import type { DeriveOptions, DeriveProcesses } from '../../derive/derive-process.ts'
import { lendOriginal } from '../../derive/lend-original.ts'
import type { Originals } from '../../folders/originals.ts'
import { demuxerOf } from '../../library/sniff.ts'
import type { Recordings } from '../../recording/recordings.ts'
import { footageOf, type Recording } from './recording.ts'
import type { SyncSource } from './sync-sound.ts'
import type { SoundSync, SyncOrder } from './take-orders.ts'

export interface SyncsComponents {
  readonly originals: Pick<Originals, 'read'>
  readonly recordings: Pick<Recordings, 'open'>
  readonly door: Pick<BlobDoor, 'lend'>
  readonly processes: Pick<DeriveProcesses<SyncOrder, SoundSync>, 'run'>
}

/** Compares what two recordings heard, in a process of its own. */
export interface Syncs {
  /** Where `second` lies on the clock of `first`. @throws RefusedError, RemoteError, the signal's reason */
  sync(first: Recording, second: Recording, options: DeriveOptions): Promise<SoundSync>
}

export function createSyncs({ originals, recordings, door, processes }: SyncsComponents): Syncs {
  async function lend<T>(recording: Recording, use: (source: SyncSource) => Promise<T>): Promise<T> {
    const footage = footageOf(recording.facts.id)
    if (footage === undefined) return lendOriginal({ door, originals }, recording as Asset, use)
    const file = await recordings.open(footage.camera, footage.fromMs, footage.toMs)
    const read = ({ start, end }: { start: number; end: number }, { signal }: AbortOptions): AsyncIterable<Uint8Array> => file.read(start, end, signal)
    return door.lend(read, file.size, (url) => use({ url, demuxer: 'mov', seconds: file.durationMs / 1000 }))
  }

  return {
    sync: (first, second, options) => lend(first, (a) => lend(second, (b) => processes.run({ first: a, second: b }, options)))
  }
}

/** Whether there is sound in it that can be compared. */
export const hasSound = ({ facts }: Recording): boolean => facts.kind !== 'image' && facts.probe.audioCodec !== undefined && (facts.probe.durationMs ?? 0) > 0 && demuxerOf(facts.mime) !== undefined
