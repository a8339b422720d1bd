/** Camera cards as folders: the structures cameras write, with small files of random bytes. */
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface Card {
  /** The folder everything is in: the card is one folder within it. */
  readonly dir: string
  readonly root: string
  readonly files: ReadonlyMap<string, Buffer>
  write(path: string, bytes: Uint8Array): Promise<void>
  drop(path: string): Promise<void>
  remove(): Promise<void>
}

/** When all of it was filmed, Unix s. */
const FILMED = 1_700_000_000.25
/** A Sony card: clips with their sidecars, an index, a hidden file, an empty file and an empty folder. */
const SONY = ['PRIVATE/M4ROOT/CLIP/C0001.MP4', 'PRIVATE/M4ROOT/CLIP/C0001M01.XML', 'PRIVATE/M4ROOT/THMBNL/C0001T01.JPG', 'PRIVATE/M4ROOT/MEDIAPRO.XML', 'PRIVATE/M4ROOT/.hidden', 'DCIM/100MSDCF/DSC00001.ARW', 'Ünïcode & <odd> \'name\'.txt']

export async function createCard(name = 'A001'): Promise<Card> {
  const dir = await mkdtemp(join(tmpdir(), 'thatdam-card-'))
  const root = join(dir, name)
  const files = new Map<string, Buffer>()
  const card: Card = {
    dir, root, files,
    async write(path, bytes) {
      files.set(path, Buffer.from(bytes))
      await mkdir(dirname(join(root, path)), { recursive: true })
      await writeFile(join(root, path), bytes)
      await utimes(join(root, path), FILMED, FILMED)
    },
    async drop(path) {
      files.delete(path)
      await rm(join(root, path))
    },
    remove: () => rm(dir, { recursive: true, force: true })
  }
  for (const [i, path] of SONY.entries()) await card.write(path, randomBytes(i === 0 ? 2_500_000 : 1_000 + i * 997))
  await card.write('PRIVATE/M4ROOT/STATUS.BIN', Buffer.alloc(0))
  await mkdir(join(root, 'PRIVATE/M4ROOT/SUB'))
  return card
}

/** Other bytes at the same place, of the same length and time: what a bad reader or cable says of a card. */
export async function misread(card: Card, path: string): Promise<void> {
  const bytes = await readFile(join(card.root, path))
  bytes[0] = (bytes[0] ?? 0) ^ 0xff
  await writeFile(join(card.root, path), bytes)
  await utimes(join(card.root, path), FILMED, FILMED)
}
