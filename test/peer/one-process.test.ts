import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'uvu'
import { RefusedError } from '#protocols/errors.ts'
import type { PeerId } from '#protocols/ids.ts'
import { beOnlyProcess } from '../../peer/one-process.ts'

if (process.platform === 'linux') {
  test('a peer that runs already is not begun a second time, another is, and it is again when the first is over', async () => {
    const [porch, garage] = [randomUUID(), randomUUID()] as unknown as [PeerId, PeerId]
    const release = await beOnlyProcess(porch)
    const other = await beOnlyProcess(garage)
    await assert.rejects(beOnlyProcess(porch), (err) => err instanceof RefusedError && /runs on this machine already: end that process first/.test(err.message))
    release()
    const again = await beOnlyProcess(porch)
    again()
    other()
  })
}

test.run()
