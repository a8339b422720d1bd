/** Extended attributes of files (`user.*`), which Node has no functions for: those of libc, on Linux, where koffi is installed. */

/** Attributes of one file that are read. @default 64 */
export const MAX_XATTRS = 64
/** Longest value that is kept, in bytes. @default 4096 */
export const MAX_XATTR_BYTES = 4_096

const LIST_BYTES = 65_536

/** Values in base64 by name; undefined when there are none, or nobody can tell. */
export type XattrReader = (path: string) => Readonly<Record<string, string>> | undefined

export interface Xattrs {
  readonly read: XattrReader
  /** Answers whether it was written. */
  write(path: string, name: string, base64: string): boolean
}

const NONE: Xattrs = { read: () => undefined, write: () => false }

/** `refused` hears why there are none on this machine. */
export async function openXattrs(refused: (why: string) => void = () => {}): Promise<Xattrs> {
  if (process.platform !== 'linux') return refuse(refused, `extended attributes are read on Linux only, this is ${process.platform}`)
  try {
    const { default: koffi } = await import('koffi')
    const libc = koffi.load(null)
    return xattrs({
      list: libc.func('int64_t listxattr(const char *path, _Out_ uint8_t *list, size_t size)'),
      get: libc.func('int64_t getxattr(const char *path, const char *name, _Out_ uint8_t *value, size_t size)'),
      set: libc.func('int setxattr(const char *path, const char *name, const uint8_t *value, size_t size, int flags)')
    })
  } catch (err) {
    return refuse(refused, `extended attributes can not be read here: ${err instanceof Error ? err.message.split('\n')[0] : err}`)
  }
}

function refuse(refused: (why: string) => void, why: string): Xattrs {
  refused(why)
  return NONE
}

interface Calls {
  list(path: string, list: Buffer, size: number): number
  get(path: string, name: string, value: Buffer, size: number): number
  set(path: string, name: string, value: Buffer, size: number, flags: number): number
}

function xattrs({ list, get, set }: Calls): Xattrs {
  const names = Buffer.alloc(LIST_BYTES)
  const value = Buffer.alloc(MAX_XATTR_BYTES)
  return {
    read(path) {
      const length = Number(list(path, names, names.length))
      if (length <= 0) return undefined
      const wanted = names.toString('utf8', 0, length).split('\0').filter((name) => name.startsWith('user.')).sort().slice(0, MAX_XATTRS)
      const entries = wanted.flatMap((name) => {
        const size = Number(get(path, name, value, value.length))
        return size < 0 ? [] : [[name, value.toString('base64', 0, size)] as const]
      })
      return entries.length === 0 ? undefined : Object.fromEntries(entries)
    },
    write(path, name, base64) {
      const bytes = Buffer.from(base64, 'base64')
      return name.startsWith('user.') && bytes.length <= MAX_XATTR_BYTES && set(path, name, bytes, bytes.length, 0) === 0
    }
  }
}
