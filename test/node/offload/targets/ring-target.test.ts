import assert from 'node:assert/strict'
import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import { CardGoneError } from '../../../../node/offload/card/card-slot.ts'
import { createDigester, type Digester } from '../../../../node/offload/copy/digester.ts'
import { lookAtCard, offload, type OffloadOutcome } from '../../../../node/offload/offload.ts'
import { RingTarget } from '../../../../node/offload/targets/ring-target.ts'
import { emptyRollList } from '../../../../node/offload/rolls/roll-list.ts'
import { type Card, createCard } from '../../../support/card.ts'
import { createLibraryRing } from '../../../support/library-ring.ts'

const test = suite<{ card: Card; digester: Digester }>('a card to the ring')
test.before.each(async (context) => {
  context.card = await createCard()
  context.digester = createDigester()
})
test.after.each(async ({ card, digester }) => {
  await digester.stop()
  await card.remove()
})

const about = { name: 'A001', hostname: 'cart', tool: { name: 'ThatDAM', version: '0' }, process: 'transfer', formats: ['xxh128'] } as const

test('a card that is pulled while a file of it is looked at is gone, and goes on when it is back', async ({ card, digester }) => {
  const { ring } = createLibraryRing()
  const list = emptyRollList()
  const pulled = join(card.dir, 'pulled')
  let isFirst = true
  const importFile = async (path: string) => {
    if (isFirst) await rename(card.root, pulled)
    isFirst = false
    await (await open(path)).close()
    return { path, outcome: 'refused', assetId: null, copies: 0, reason: 'no media' } as const
  }
  const run = async (): Promise<OffloadOutcome> => {
    const { signal } = new AbortController()
    const target = new RingTarget({ ring: { ...ring, writing: () => () => {} }, importer: { importFile } }, { ...about, rollId: 'roll', list, card: card.root, signal, async onList() {}, onImported() {} })
    return offload(await lookAtCard(card.root), { card: card.root, targets: [target], formats: about.formats, readTwice: false }, { digester, signal, turn: async () => {}, onProgress() {} })
  }
  await assert.rejects(run(), (err) => err instanceof CardGoneError && /put it back/.test(err.message))
  await rename(pulled, card.root)
  const { copied, skipped, failures } = await run()
  assert.deepEqual([copied + skipped, failures, list.files.size], [card.files.size, [], card.files.size])
})

test.run()
