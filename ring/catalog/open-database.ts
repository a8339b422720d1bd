import { cp, mkdir, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { Level } from 'level'
import { DataFolderLockedError } from '#protocols/errors.ts'
import type { Logger } from '../base/log.ts'

/** What LevelDB gathers in memory before it writes a table, in bytes. @default 16777216 */
export const WRITE_BUFFER_BYTES = 16 * 1024 * 1024

export type Database = Level<string, Uint8Array>

type Read = (db: Database, damage: string | undefined) => Promise<void>

const readKeys: Read = async (db) => { for await (const _ of db.keys()); }

/**
 * Open the LevelDB of a folder and `read` it through. One that can not be opened or read is copied aside and repaired, and one that can not even
 * be repaired is begun anew: then `read` is told the damage. @throws DataFolderLockedError, and what the system says of a disk that is full or write-protected
 */
export async function openDatabase(dir: string, log: Logger, read: Read = readKeys): Promise<Database> {
  try {
    return await openAndRead(dir, (db) => read(db, undefined))
  } catch (err) {
    if (!isDamage(err)) throw err
    const aside = await copyAside(dir)
    const damage = `the log was damaged (${reasonOf(err)}); what was there is kept in ${aside}`
    log.error('%s: %s; what is readable is used', dir, damage)
    return openRepaired(dir, aside, log, (db) => read(db, damage))
  }
}

async function openAndRead(dir: string, read: (db: Database) => Promise<void>): Promise<Database> {
  const hasTables = (await readdir(dir)).some((file) => /\.(ldb|sst|log)$/.test(file))
  // A folder that lost its CURRENT would be begun anew, over what is left.
  const db: Database = new Level(dir, { keyEncoding: 'utf8', valueEncoding: 'view', writeBufferSize: WRITE_BUFFER_BYTES, createIfMissing: !hasTables })
  try {
    await db.open()
    await read(db) // a database with damaged tables opens as if nothing were wrong
    return db
  } catch (err) {
    await db.close()
    if (causeOf(err).code === 'LEVEL_LOCKED') throw new DataFolderLockedError(`${dir} is used by another process; stop it or choose another data folder`)
    throw err
  }
}

async function openRepaired(dir: string, aside: string, log: Logger, read: (db: Database) => Promise<void>): Promise<Database> {
  try {
    await (Level as unknown as { repair(dir: string): Promise<void> }).repair(dir)
    return await openAndRead(dir, read)
  } catch (err) {
    if (!isDamage(err)) throw err
    log.error('%s can not be repaired (%s); an empty log is begun', dir, reasonOf(err))
    await rename(dir, join(aside, 'after-repair'))
    await mkdir(dir)
    return openAndRead(dir, read)
  }
}

async function copyAside(dir: string): Promise<string> {
  for (let n = 1; ; n++) {
    const aside = `${dir}.damaged-${n}`
    try {
      await mkdir(aside)
    } catch (err) {
      if ((err as NodeJS.ErrnoException).code === 'EEXIST') continue
      throw err
    }
    await cp(dir, aside, { recursive: true })
    return aside
  }
}

/** Whether the content of the folder is at fault, and not the disk or its rights. */
function isDamage(err: unknown): boolean {
  const { code, message } = causeOf(err)
  if (code === 'LEVEL_CORRUPTION') return true
  return /No such file|truncated|does not exist \(create_if_missing|Invalid argument|bad block/i.test(message)
}

function causeOf(err: unknown): { code: string; message: string } {
  const { code = '', message = '', cause } = err as { code?: string; message?: string; cause?: { code?: string; message?: string } }
  return { code: cause?.code ?? code, message: cause?.message ?? message }
}

const reasonOf = (err: unknown): string => causeOf(err).message
