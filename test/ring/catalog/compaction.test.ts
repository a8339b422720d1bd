import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { suite } from 'uvu'
import * as Y from 'yjs'
import { silentLog } from '#ring/base/log.ts'
import { DocumentLog } from '../../../ring/catalog/document-log.ts'
import { ROOT_DOCUMENT } from '../../../ring/catalog/document-name.ts'

const test = suite('compaction')
const RUNS = 8

/** Lets the editor go on from `first`, and kills it a random while after it acknowledged something. Answers the last one acknowledged. */
async function editUntilKilled(dir: string, first: number): Promise<number> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'endless-compactor.ts'), dir, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const enough = 3 + Math.floor(Math.random() * 60)
  let last = first - 1
  for await (const line of createInterface(child.stdout)) {
    last = Number(line)
    if (last === first + enough) setTimeout(() => child.kill('SIGKILL'), Math.random() * 10)
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  assert.equal(child.signalCode, 'SIGKILL')
  return last
}

/** What the document must hold after edit `n` of the editor. */
function expectedAfter(n: number): Map<string, unknown> {
  const kept = new Map<string, unknown>()
  for (let i = 0; i <= n; i++) {
    kept.set(String(i), 'x'.repeat(i % 700))
    kept.set('newest', i)
    if (i % 3 === 0) kept.delete(String(i - 1))
  }
  return kept
}

test(`a process killed ${RUNS} times amid edits and compactions leaves the document whole, with every acknowledged edit and nothing else`, async () => {
  const dir = await mkdtemp(join(tmpdir(), 'thatdam-compaction-'))
  try {
    let next = 0
    for (let run = 0; run < RUNS; run++) {
      const acknowledged = await editUntilKilled(dir, next)
      const log = new DocumentLog(dir, silentLog)
      await log.open()
      const { updates, damage } = await log.load(ROOT_DOCUMENT)
      await log.close()
      assert.equal(damage, undefined, `run ${run}`)
      const doc = new Y.Doc()
      for (const update of updates) Y.applyUpdate(doc, update)
      const kept = doc.getMap('kept')
      const newest = Number(kept.get('newest'))
      assert.ok(newest >= acknowledged, `run ${run}: edit ${acknowledged} was acknowledged, ${newest} is the newest there`)
      assert.deepEqual(new Map([...kept.entries()].sort()), new Map([...expectedAfter(newest)].sort()), `run ${run}`)
      assert.equal(doc.store.pendingStructs, null)
      next = newest + 1
    }
  } finally {
    await rm(dir, { recursive: true })
  }
})

test.run()
