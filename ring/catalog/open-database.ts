import { access, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Level } from 'level'
import { DataFolderLockedError } from '#protocols/errors.ts'
import type { Logger } from '../base/log.ts'
import { checkedKeys } from './checked-keys.ts'
import { finishMending, mend, mendDatabase } from './mend-database.ts'

/** What LevelDB gathers in memory before it writes a table, in bytes. @default 16777216 */
export const WRITE_BUFFER_BYTES = 16 * 1024 * 1024

/** Folder beside the log's, where damaged things are kept for a person to look at. */
export const ASIDE_FOLDER = 'damaged'

export type Database = Level<string, Uint8Array>

type Read = (db: Database, damage: string | undefined) => Promise<void>

const readKeys: Read = async (db) => { for await (const _ of checkedKeys(db)); }

/**
 * Open the LevelDB of a folder and `read` it through. One that can not be opened or read is put aside, and what is whole of it goes into a new one:
 * then `read` is told the damage. @throws DataFolderLockedError, and what the system says of a disk that is full or write-protected
 */
export async function openDatabase(dir: string, log: Logger, read: Read = readKeys): Promise<Database> {
  const marker = `${dir}.opening`
  try {
    if (await finishMending(dir)) throw corruption('mending it was interrupted')
    if (await isThere(marker)) await checkApart(dir)
    await writeFile(marker, '')
    const db = await openAndRead(dir, (db) => read(db, undefined))
    await rm(marker)
    return db
  } catch (err) {
    if (!isDamage(err)) throw err
    const aside = await mendDatabase(dir, join(dirname(dir), ASIDE_FOLDER), log)
    const damage = `the log was damaged (${reasonOf(err)}); what was there is kept in ${aside}`
    log.error('%s: %s; what is readable is used', dir, damage)
    const db = await openAndRead(dir, (db) => read(db, damage))
    await rm(marker, { force: true })
    return db
  }
}

// LevelDB ends its process over some damage. Was that what happened last time, another process has to find it out.
async function checkApart(dir: string): Promise<void> {
  if ((await readdir(dir)).length === 0) return
  const { ok, output } = await mend('check', dir)
  if (!ok) throw corruption(output || 'reading it ends the process')
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

const corruption = (message: string): Error => Object.assign(new Error(message), { code: 'LEVEL_CORRUPTION' })

async function isThere(path: string): Promise<boolean> {
  return access(path).then(() => true, () => false)
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
