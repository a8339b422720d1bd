import type { CardContent, CardFile } from './card-files.ts'
import type { Hashes } from './digester.ts'

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

/** Where a card is copied to. Its failures end the offload. */
export interface Target {
  /** For people. */
  readonly name: string
  /** What is there already, of this very card. */
  known(path: string): CopiedFile | undefined
  begin(file: CardFile): Promise<Sink>
  /** Where what was copied can be read back at once: its hashes, from the medium if that can be. */
  readBack?(file: CopiedFile, signal: AbortSignal): Promise<boolean>
  /** Everything that could be copied is there, and read back. */
  seal(content: CardContent): Promise<{ readonly generations: readonly string[]; readonly failed: readonly string[] }>
  /** Write down how far it is. */
  checkpoint(): Promise<void>
}
