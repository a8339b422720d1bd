import { crc32 } from 'node:zlib'

/** Files of one archive at most, which whoever makes one sees to: a plain ZIP counts them in 16 bits. @default 60000 */
export const MAX_ZIP_FILES = 60_000

const DOS_EPOCH = 0x21 // 1980-01-01: nothing in the archive says when it was made

/** A ZIP archive of small texts, stored as they are (APPNOTE 6.3.3: names in UTF-8, no ZIP64). */
export async function* zip(files: AsyncIterable<{ readonly name: string; readonly text: string }>): AsyncGenerator<Buffer> {
  const directory: Buffer[] = []
  let offset = 0
  for await (const { name, text } of files) {
    const [path, bytes] = [Buffer.from(name), Buffer.from(text)]
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(0x0800, 2)
    common.writeUInt16LE(DOS_EPOCH, 8)
    common.writeUInt32LE(crc32(bytes), 10)
    common.writeUInt32LE(bytes.length, 14)
    common.writeUInt32LE(bytes.length, 18)
    common.writeUInt16LE(path.length, 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, path, bytes])
    const rest = Buffer.alloc(14)
    rest.writeUInt32LE(offset, 10)
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02', 'latin1'), Buffer.from([20, 0]), common, rest, path]))
    offset += local.length
    yield local
  }
  const index = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(directory.length, 8)
  end.writeUInt16LE(directory.length, 10)
  end.writeUInt32LE(index.length, 12)
  end.writeUInt32LE(offset, 16)
  yield Buffer.concat([index, end])
}
