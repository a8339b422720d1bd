import { type FileHandle, open } from 'node:fs/promises'

/** One bit of a file becomes the other, at the byte `choose` picks of its size; a file that is gone or empty stays so. */
export async function flip(path: string, choose: (size: number) => number): Promise<void> {
  let file: FileHandle | undefined
  try {
    file = await open(path, 'r+')
    const { size } = await file.stat()
    if (size === 0) return
    const at = choose(size)
    const byte = Buffer.alloc(1)
    await file.read(byte, 0, 1, at)
    await file.write(Buffer.of((byte[0] as number) ^ 0x10), 0, 1, at)
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code !== 'ENOENT') throw err // let go of meanwhile
  } finally {
    await file?.close()
  }
}
