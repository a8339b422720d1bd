import { isRecordKey } from './log-record.ts'
import type { Database } from './open-database.ts'

/**
 * All keys of a log. LevelDB does not compare checksums of what it reads, and damaged tables show as keys that nobody wrote or that
 * are out of order. @throws Error with code `LEVEL_CORRUPTION`
 */
export async function* checkedKeys(db: Database): AsyncGenerator<string> {
  let before = ''
  for await (const key of db.keys()) {
    if (key <= before || (key !== 'id' && !isRecordKey(key))) throw Object.assign(new Error(`Corruption: key ${JSON.stringify(key.slice(0, 40))} after ${JSON.stringify(before)}`), { code: 'LEVEL_CORRUPTION' })
    before = key
    yield key
  }
}
