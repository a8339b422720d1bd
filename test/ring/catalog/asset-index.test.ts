import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import { silentLog } from '#ring/base/log.ts'
import { AssetIndex } from '../../../ring/catalog/asset-index.ts'
import type { DocumentName } from '../../../ring/catalog/document-name.ts'

const test = suite('the index of the catalog')

test('a read changes nothing in a file, so that one on a disk that hangs does not stop the node', () => {
  const dir = mkdtempSync(join(tmpdir(), 'thatdam-index-'))
  const index = new AssetIndex(join(dir, 'index.sqlite'), silentLog)
  const files = (): Buffer[] => ['', '-wal', '-shm'].map((suffix) => readFileSync(join(dir, `index.sqlite${suffix}`)))
  const holdsStill = (): void => {
    const before = files()
    index.model.assets({ limit: 1 })
    for (const [at, bytes] of files().entries()) assert.ok(bytes.equals(before[at] as Buffer), `file ${at} was written to by a read`)
  }
  try {
    index.open('log')
    holdsStill()
    index.write({ assets: new Map(), recordings: new Map(), notes: new Map(), applied: new Map([['00' as DocumentName, 1]]) })
    holdsStill()
  } finally {
    index.close()
    rmSync(dir, { recursive: true, force: true })
  }
})

test.run()
