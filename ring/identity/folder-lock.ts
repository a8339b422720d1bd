import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { open, readdir, rename, rm } from 'node:fs/promises'
import { createConnection, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DataFolderLockedError, InvalidInputError } from '#protocols/errors.ts'

/** Two processes that start in the same moment both step back; each then tries again this often. @default 5 */
export const LOCK_ATTEMPTS = 5

const LOCK_NAME = /^lock\.[0-9a-f]{8}$/
/** A unix socket's path must be shorter than `sun_path` of any system we run on. */
const MAX_SOCKET_PATH = 100

/**
 * Hold a folder until `release` or until this process ends in whatever way: every holder listens on a socket of its own
 * in the folder, and whoever finds another's socket answering steps back. Sockets that do not answer are of the dead.
 * A holder is visible before it looks for others, so of any two the later one sees the earlier.
 * @throws DataFolderLockedError
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  for (let attempt = 1; ; attempt++) {
    const lock = await announce(folder)
    if (!await isAnotherHeld(folder, lock.name)) return lock.release
    await lock.release()
    if (attempt === LOCK_ATTEMPTS) throw new DataFolderLockedError(`the data folder ${folder} is in use by another thatdam process: stop that one, or use another --data`)
    await sleep(20 + Math.random() * 80)
  }
}

async function announce(folder: string): Promise<{ name: string; release: () => Promise<void> }> {
  const name = `lock.${randomBytes(4).toString('hex')}`
  const server = createServer((socket) => socket.destroy()).unref()
  await withShortPath(folder, (short) => listen(server, join(short, `.${name}`)))
  // visible under its name only once it answers: bind and listen are two steps
  await rename(join(folder, `.${name}`), join(folder, name))
  return {
    name,
    async release() {
      await rm(join(folder, name), { force: true })
      server.close()
    }
  }
}

async function listen(server: Server, path: string): Promise<void> {
  server.listen(path)
  await once(server, 'listening')
}

async function isAnotherHeld(folder: string, own: string): Promise<boolean> {
  for (const name of await readdir(folder)) {
    if (!LOCK_NAME.test(name) || name === own) continue
    if (await withShortPath(folder, (short) => answers(join(short, name)))) return true
    await rm(join(folder, name), { force: true }) // names are never used twice
  }
  return false
}

async function answers(path: string): Promise<boolean> {
  const socket = createConnection(path)
  try {
    await once(socket, 'connect')
    return true
  } catch (err) {
    const { code } = err as NodeJS.ErrnoException
    if (code === 'ECONNREFUSED' || code === 'ENOENT') return false
    if (code === 'ECONNRESET') return true // it listened a moment ago: the next attempt tells whether it is gone
    throw err
  } finally {
    socket.destroy()
  }
}

/** A path short enough for a socket, for as long as `use` runs. */
async function withShortPath<T>(folder: string, use: (short: string) => Promise<T>): Promise<T> {
  if (folder.length + '/.lock.00000000'.length <= MAX_SOCKET_PATH) return use(folder)
  if (process.platform !== 'linux') throw new InvalidInputError(`the path of the data folder is too long: ${folder} (at most ${MAX_SOCKET_PATH - 15} characters)`)
  const handle = await open(folder)
  try {
    return await use(`/proc/self/fd/${handle.fd}`)
  } finally {
    await handle.close()
  }
}
