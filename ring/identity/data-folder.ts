import { mkdir, readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { InvalidInputError } from '#protocols/errors.ts'
import type { RingId } from '#protocols/ids.ts'
import { writeDurably } from '../base/durable-file.ts'
import { lockFolder } from './folder-lock.ts'
import { KEY_BYTES } from './ring-key.ts'

/** Where a node keeps who it is, inside its data folder. */
export const IDENTITY_FILE = 'identity.json'

/** Who a node is. Without a ring seed it has begun to join and was not let in yet. */
export interface Identity {
  readonly name: string
  readonly zone: string
  readonly weight: number
  readonly ringId: RingId
  /** Seed of this machine's own key, 32 bytes. */
  readonly hostSeed: Uint8Array
  /** Seed of the ring's key, 32 bytes. */
  readonly ringSeed: Uint8Array | undefined
  /** Seed of the key that is to follow, 32 bytes: on disk before anybody is told of it. */
  readonly nextRingSeed?: Uint8Array | undefined
  /** Ports it listened on last, in the order of its listening addresses. */
  readonly ports: readonly number[]
}

/** A folder that only this process uses. */
export interface DataFolder {
  readonly path: string
  /** Undefined in a new folder. */
  identity(): Identity | undefined
  /** Durable when it resolves. */
  save(identity: Identity): Promise<void>
  release(): Promise<void>
}

/** By error code. */
const WHY_NOT: Record<string, string> = {
  EEXIST: 'it is a file; name a folder, or one that is not there yet',
  ENOTDIR: 'what it should lie in is a file; name another folder',
  EACCES: 'this user may not make it there; make it for them, or name another',
  EROFS: 'its disk can only be read; name another folder'
}

/** Create the folder if need be (mode 0700), lock it, read who we are. @throws DataFolderLockedError, InvalidInputError when the identity cannot be read */
export async function openDataFolder(dir: string): Promise<DataFolder> {
  await mkdir(dir, { recursive: true, mode: 0o700 }).catch((err) => { throw new InvalidInputError(`cannot use ${dir} as data folder: ${WHY_NOT[err.code] ?? err.message}`) })
  const path = await realpath(dir)
  const release = await lockFolder(path)
  try {
    let identity = await readIdentity(join(path, IDENTITY_FILE))
    return {
      path,
      identity: () => identity,
      async save(next) {
        await writeDurably(path, IDENTITY_FILE, `${JSON.stringify(toJson(next), null, 2)}\n`)
        identity = next
      },
      release
    }
  } catch (err) {
    await release()
    throw err
  }
}

async function readIdentity(file: string): Promise<Identity | undefined> {
  try {
    return fromJson(JSON.parse(await readFile(file, 'utf8')))
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new InvalidInputError(`${file} cannot be read (${(err as Error).message}): restore it from a backup, or use another --data`)
  }
}

function toJson({ hostSeed, ringSeed, nextRingSeed, ...rest }: Identity): object {
  return { version: 1, ...rest, hostSeed: hex(hostSeed), ringSeed: ringSeed && hex(ringSeed), nextRingSeed: nextRingSeed && hex(nextRingSeed) }
}

function fromJson(json: Record<string, unknown>): Identity {
  const { version, name, zone, weight, ringId, ports = [] } = json
  const hostSeed = seedOf(json['hostSeed'])
  const [ringSeed, nextRingSeed] = ['ringSeed', 'nextRingSeed'].map((field) => json[field] === undefined ? undefined : seedOf(json[field]))
  if (version !== 1) throw new TypeError(`version ${version} is not known to this program`)
  if (typeof name !== 'string' || typeof zone !== 'string' || typeof weight !== 'number' || typeof ringId !== 'string' || !/^[0-9a-f]{64}$/.test(ringId) || hostSeed === undefined) throw new TypeError('a field is missing or damaged')
  if (!Array.isArray(ports) || !ports.every((port) => Number.isInteger(port))) throw new TypeError('the ports are no numbers')
  return { name, zone, weight, ringId: ringId as RingId, hostSeed, ringSeed, ...(nextRingSeed && { nextRingSeed }), ports }
}

function seedOf(text: unknown): Uint8Array {
  const seed = Buffer.from(String(text), 'hex')
  if (seed.byteLength !== KEY_BYTES) throw new TypeError('a key is damaged')
  return seed
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
