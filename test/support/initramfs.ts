/** The first file system of a Linux kernel: an archive as `cpio -H newc` makes it (kernel documentation, "initramfs buffer format"). */

export interface InitramfsFile {
  /** Without a leading slash; its folders are made. */
  readonly path: string
  readonly bytes: Uint8Array
}

const FOLDER = 0o040755
const PROGRAM = 0o100755

/** An archive of these files, each of which may be run. */
export function initramfs(files: readonly InitramfsFile[], folders: readonly string[] = []): Buffer {
  const parents = files.flatMap(({ path }) => parentsOf(path))
  const names = [...new Set([...parents, ...folders.flatMap((folder) => [...parentsOf(folder), folder])])]
  return Buffer.concat([
    ...names.map((name, i) => entry(name, FOLDER, i + 1)),
    ...files.map(({ path, bytes }, i) => entry(path, PROGRAM, names.length + i + 1, bytes)),
    entry('TRAILER!!!', 0, 0)
  ])
}

function parentsOf(path: string): string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('/'))
}

function entry(name: string, mode: number, inode: number, bytes: Uint8Array = new Uint8Array()): Buffer {
  const fields = [inode, mode, 0, 0, 1, 0, bytes.length, 0, 0, 0, 0, name.length + 1, 0]
  const head = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`
  return Buffer.concat([padded(Buffer.from(head)), padded(bytes)])
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)])
}
