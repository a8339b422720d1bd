/** What survives a power cut is what was fsynced before it was acknowledged. Killing processes can not show that; watching the calls can. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import { chunkIdOf, hashOfChunk } from '#protocols/ids.ts'
import { createFileChunkStore } from '../../ring/chunks/file-chunk-store.ts'

const test = suite('fsync before the acknowledgement')

interface Synced { readonly inode: number; readonly named: boolean }

/** Every fsync and fdatasync that completes while `work` runs, and whether `path` existed by then. */
async function watchSyncs(path: string, work: () => Promise<void>): Promise<Synced[]> {
  const probe = await open(tmpdir(), 'r')
  const prototype = Object.getPrototypeOf(probe) as Pick<FileHandle, 'sync' | 'datasync'>
  await probe.close()
  const { sync, datasync } = prototype
  const synced: Synced[] = []
  const watched = (call: () => Promise<void>) => async function (this: FileHandle): Promise<void> {
    const { ino } = await this.stat()
    const named = existsSync(path)
    await call.call(this)
    synced.push({ inode: ino, named })
  }
  Object.assign(prototype, { sync: watched(sync), datasync: watched(datasync) })
  try {
    await work()
    return [...synced] // later ones come too late
  } finally {
    Object.assign(prototype, { sync, datasync })
  }
}

test('a chunk is fsynced before it gets its name, and the folder with the name before it is acknowledged', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'thatdam-fsync-'))
  try {
    const store = createFileChunkStore(dir, { reserveBytes: 0 })
    await store.start()
    const bytes = Buffer.from('what must survive')
    const id = chunkIdOf(bytes)
    const name = hashOfChunk(id)
    const folder = join(dir, name.slice(0, 2))
    const synced = await watchSyncs(join(folder, name), () => store.put(id, bytes))
    assert.ok(synced.some(({ inode, named }) => inode === statSync(join(folder, name)).ino && !named), 'the file was not fsynced before it got its name')
    assert.ok(synced.some(({ inode, named }) => inode === statSync(folder).ino && named), 'the folder was not fsynced after the file got its name')
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})

test.run()
