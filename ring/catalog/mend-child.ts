/**
 * Works on a damaged LevelDB in a process of its own, because LevelDB ends its process over some kinds of damage.
 *
 *   node mend-child.ts check DIR        read it through
 *   node mend-child.ts repair DIR       LevelDB's own repair
 *   node mend-child.ts salvage DIR NEW  put every record that is whole into a new database
 */
import { Level } from 'level'
import { checkedKeys } from './checked-keys.ts'
import { decodeRecord, isRecordKey } from './log-record.ts'
import type { Database } from './open-database.ts'

const [verb, dir = '', target = ''] = process.argv.slice(2)
const open = async (path: string, createIfMissing: boolean): Promise<Database> => {
  const db: Database = new Level(path, { keyEncoding: 'utf8', valueEncoding: 'view', createIfMissing })
  await db.open()
  return db
}

async function check(): Promise<void> {
  const db = await open(dir, false)
  for await (const _ of checkedKeys(db));
  await db.close()
}

async function salvage(): Promise<void> {
  const [from, to] = [await open(dir, false), await open(target, true)]
  try {
    for await (const [key, value] of from.iterator()) {
      if (isRecordKey(key) ? decodeRecord(key, value) !== undefined : key === 'id') await to.put(key, value)
    }
  } catch {
    // LevelDB tells of the blocks it passed over at the end
  }
  await to.close()
  await from.close()
}

if (verb === 'check') await check()
else if (verb === 'repair') await (Level as unknown as { repair(dir: string): Promise<void> }).repair(dir)
else await salvage()
