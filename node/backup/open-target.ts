import { InvalidInputError } from '#protocols/errors.ts'
import type { BackupTarget } from './backup-target.ts'
import { createFolderTarget } from './folder-target.ts'

/** `s3://BUCKET/PREFIX`, or else a folder of this machine. @throws InvalidInputError */
export async function openTarget(text: string, { endpoint }: { endpoint?: string | undefined } = {}): Promise<BackupTarget> {
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(text)) return createFolderTarget(text)
  if (!text.startsWith('s3://')) throw new InvalidInputError(`${text} is no place for a backup: name a folder, or s3://BUCKET/PREFIX`)
  const { createS3Target } = await import('./s3-target.ts') // its client is large, and folders need none of it
  return createS3Target(text, { endpoint })
}
