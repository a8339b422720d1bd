import { writeFile } from 'node:fs/promises'

/** A raw picture: a TIFF whose second directory holds a JPEG, as most cameras' formats are. `orientation` as in EXIF. */
export async function writeRaw(path: string, preview: Buffer, orientation: number): Promise<void> {
  const entry = (tag: number, type: number, count: number, value: number): Buffer => { const bytes = Buffer.alloc(12); bytes.writeUInt16LE(tag); bytes.writeUInt16LE(type, 2); bytes.writeUInt32LE(count, 4); bytes.writeUInt32LE(value, 8); return bytes }
  const directory = (next: number, ...entries: Buffer[]): Buffer => { const [head, tail] = [Buffer.alloc(2), Buffer.alloc(4)]; head.writeUInt16LE(entries.length); tail.writeUInt32LE(next); return Buffer.concat([head, ...entries, tail]) }
  const header = Buffer.from('II*\0\x08\0\0\0', 'latin1')
  const first = (next: number): Buffer => directory(next, entry(0x100, 4, 1, 6000), entry(0x101, 4, 1, 4000), entry(0x112, 3, 1, orientation))
  const second = (at: number): Buffer => directory(0, entry(0x103, 3, 1, 6), entry(0x201, 4, 1, at), entry(0x202, 4, 1, preview.length))
  const next = 8 + first(0).length
  await writeFile(path, Buffer.concat([header, first(next), second(next + second(0).length), preview]))
}
