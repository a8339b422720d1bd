import type { CardContent, CardFile } from '../card/card-files.ts'
import type { Hashes } from '../copy/digester.ts'

/** A file of the card and what was found out when it was read. */
export interface CopiedFile extends CardFile {
  readonly hashes: Hashes
  /** Unix ms. */
  readonly hashedMs: number
}

/** One file on its way into a target. */
export interface Sink {
  /** The bytes are the caller's again when it resolves. */
  write(bytes: Uint8Array): Promise<void>
  /** All bytes came; durable when it resolves. */
  finish(copied: CopiedFile): Promise<void>
  /** Nothing of it stays. */
  abort(): Promise<void>
}

/** What may still be written. */
export interface Room {
  /** The same for targets that share it. */
  readonly disk: string
  readonly freeBytes: number
}

/** Where a card is copied to. When it throws it is left out from then on. */
export interface Target {
  /** For people. */
  readonly name: string
  /** What is there already, of this very card, and not doubted. */
  known(path: string): CopiedFile | undefined
  /** What of it is there may be wrong, because readings of the card differ: it is in no generation, and copied anew by the next run. */
  doubt(path: string): Promise<void>
  /** Until it is copied anew. */
  isDoubted(path: string): boolean
  /** The second reading of a file said the same: kept where that outlives the run. */
  noteSourceVerified?(path: string): void
  isSourceVerified?(path: string): boolean
  /** undefined when that can not be told. */
  room?(): Promise<Room | undefined>
  begin(file: CardFile): Promise<Sink>
  /** Where what was copied can be read back at once: its hashes, from the medium if that can be. */
  readBack?(file: CopiedFile, signal: AbortSignal): Promise<boolean>
  /** Everything that could be copied is there. Where copies are read back, only what was and was right is in it. `failed`, which is doubted then: what an earlier generation says otherwise. */
  seal(content: CardContent): Promise<{ readonly generations: readonly string[]; readonly failed: readonly string[] }>
  /** Write down how far it is. */
  checkpoint(): Promise<void>
}
