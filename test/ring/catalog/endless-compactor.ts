/** Edits one document in a loop, putting a snapshot in the place of its log all the time, and prints each edit once it is on disk. Killed by the test that runs it. */
import * as Y from 'yjs'
import { silentLog } from '#ring/base/log.ts'
import { DocumentLog } from '../../../ring/catalog/document-log.ts'
import { ROOT_DOCUMENT } from '../../../ring/catalog/document-name.ts'
import { Documents } from '../../../ring/catalog/documents.ts'

const [dir = '', first = '0'] = process.argv.slice(2)
const updates = new DocumentLog(dir, silentLog)
const documents = new Documents({ updates, log: silentLog, onChange() {}, onDeleted() {}, onOffence() {}, onDamage() {}, onRewritten() {} })
await updates.open()
for (let n = Number(first); ; n++) {
  const { durable } = await documents.edit(ROOT_DOCUMENT, (doc) => {
    doc.getMap('kept').set(String(n), 'x'.repeat(n % 700))
    doc.getMap('kept').set('newest', n)
    if (n % 3 === 0) doc.getMap('kept').delete(String(n - 1))
  })
  const compacted = n % 4 === 0 ? documents.read(ROOT_DOCUMENT, (doc) => updates.compact(ROOT_DOCUMENT, Y.encodeStateAsUpdate(doc))) : undefined
  await Promise.all([durable, compacted])
  process.stdout.write(`${n}\n`)
}
