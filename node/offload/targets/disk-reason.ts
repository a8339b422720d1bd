/** Why a copy could not be written, in a person's words: the system's own when there are none better. */
export function diskReason(err: unknown): string {
  const { code = '', message = String(err) } = err as NodeJS.ErrnoException
  return WORDS.find(([codes]) => codes.includes(code))?.[1] ?? message
}

const WORDS: ReadonlyArray<readonly [codes: readonly string[], words: string]> = [
  [['ENOSPC', 'EDQUOT'], 'there is no room left: free some space, or name another disk'],
  [['EIO'], 'the disk gives an error (EIO): check it, and copy to another one'],
  [['EROFS'], 'it can only be read: mount it so that it can be written to'],
  [['EACCES', 'EPERM'], 'the node may not write there: give its user write access'],
  [['EFBIG'], 'its file system takes no files as large as this: format it otherwise, or name another disk'],
  [['ENOENT', 'ENODEV', 'ENXIO', 'ESTALE', 'ENOTCONN'], 'it is not there any more: put the disk back']
]
