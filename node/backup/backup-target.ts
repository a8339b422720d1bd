import { ThatDamError } from '#protocols/errors.ts'

/** The folder or bucket of a backup can not be read or written as needed; the message says what to do. */
export class BackupTargetError extends ThatDamError {
  readonly code = 'ERR_BACKUP_TARGET'
}

/** What a backup holds is not what it says it holds. */
export class BackupDamagedError extends ThatDamError {
  readonly code = 'ERR_BACKUP_DAMAGED'
}

/** One thing a target holds. */
export interface TargetFile {
  /** Path from the target's root, with `/`. */
  readonly path: string
  /** Bytes. */
  readonly size: number
  /** Unix ms of its last write. */
  readonly writtenMs: number
}

/** Where a backup is kept: a flat store of files by path. Paths are made by us, never taken from what a target says. */
export interface BackupTarget {
  /** As the user wrote it. */
  readonly name: string
  /** The whole file; undefined when there is none. @throws BackupDamagedError when it is longer than `maxBytes` or no plain file, BackupTargetError */
  get(path: string, maxBytes: number): Promise<Uint8Array | undefined>
  /** Whole or not at all; lasts through a power cut after the next `flush`. @throws BackupTargetError */
  put(path: string, bytes: Uint8Array): Promise<void>
  /** Everything under a folder (`objects/`), or everything (``), in no order. @throws BackupTargetError */
  list(folder: string): AsyncIterable<TargetFile>
  /** Fine when there is none. @throws BackupTargetError */
  delete(path: string): Promise<void>
  /** Everything written before is on disk. */
  flush(): Promise<void>
}
