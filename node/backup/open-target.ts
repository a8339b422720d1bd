import { InvalidInputError } from '#protocols/errors.ts'
import { parseS3Url } from '../cloud/s3-place.ts'
import type { BackupTarget } from './backup-target.ts'
import { checkFolder, createFolderTarget } from './folder-target.ts'

/** `s3://BUCKET/PREFIX`, or else a folder of this machine. @throws InvalidInputError */
export async function openTarget(text: string, { endpoint }: { endpoint?: string | undefined } = {}): Promise<BackupTarget> {
  if (isFolderPath(text)) return createFolderTarget(text)
  const { createS3Target } = await import('./s3-target.ts') // its client is large, and folders need none of it
  return createS3Target(text, { endpoint })
}

/** What would keep a backup from being made there, as far as it shows without writing and without asking a bucket. @throws InvalidInputError, BackupTargetError */
export async function checkTarget(text: string): Promise<void> {
  if (isFolderPath(text)) await checkFolder(text)
  else parseS3Url(text)
}

/** @throws InvalidInputError for what is neither a folder nor in a bucket */
function isFolderPath(text: string): boolean {
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(text)) return true
  if (!text.startsWith('s3://')) throw new InvalidInputError(`${text} is no place for a backup: name a folder, or s3://BUCKET/PREFIX`)
  return false
}
