/** A file somebody gave the page, with its path inside the folder that was dropped or chosen. */
export interface DroppedFile { readonly file: File; readonly path: string }

/** Files an operating system leaves in folders; nobody means to add them. */
const LITTER = /(^|\/)(\.DS_Store|Thumbs\.db|desktop\.ini|\._[^/]*)$/

const isWanted = ({ path }: DroppedFile): boolean => !LITTER.test(path)

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject))
}

/** A reader hands out folders in batches of at most 100: it is asked until it has no more. */
async function childrenOf(entry: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = entry.createReader()
  const children: FileSystemEntry[] = []
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (batch.length === 0) return children
    children.push(...batch)
  }
}

async function* walk(entry: FileSystemEntry): AsyncGenerator<DroppedFile> {
  if (entry.isFile) yield { file: await fileOf(entry as FileSystemFileEntry), path: entry.fullPath.replace(/^\//, '') }
  else for (const child of await childrenOf(entry as FileSystemDirectoryEntry)) yield* walk(child)
}

/** Every file of a drop, folders walked. Call it in the drop event itself: the browser empties the transfer afterwards. */
export async function filesOfDrop(transfer: DataTransfer): Promise<DroppedFile[]> {
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry?.() ?? [])
  const plain = [...transfer.files]
  if (entries.length === 0) return plain.map((file) => ({ file, path: file.name })).filter(isWanted)
  const files: DroppedFile[] = []
  for (const entry of entries) for await (const found of walk(entry)) files.push(found)
  return files.filter(isWanted)
}

/** Every file of a file or folder chooser. */
export function filesOfInput(input: HTMLInputElement): DroppedFile[] {
  return [...input.files ?? []].map((file) => ({ file, path: file.webkitRelativePath === '' ? file.name : file.webkitRelativePath })).filter(isWanted)
}
