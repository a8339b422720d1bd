import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { silentLog } from '#ring/base/log.ts'
import { KNOWN_MODELS } from '../../../../node/understanding/models/known-models.ts'
import type { Models } from '../../../../node/understanding/models/models.ts'
import { createModels } from '../../../../node/understanding/models/ring-models.ts'
import { createLibraryRing } from '../../../support/library-ring.ts'

const PACKAGED = [['pp-ocr-v4', 'read-text'], ['centernet-coco', 'find-objects'], ['blazeface-faceres', 'find-faces']] as const

interface Context { folder: string; models: Models }
const test = suite<Context>('models that come with packages')

test.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'thatdam-packaged-'))
  context.models = createModels({ ring: { ...createLibraryRing().ring, writing: () => () => {} }, log: silentLog }, { folder: context.folder, hub: 'none' })
  await context.models.start()
})
test.after(async ({ folder, models }) => {
  await models.stop()
  await rm(folder, { recursive: true })
})

for (const [id, task] of PACKAGED) {
  test(`${id} is ready without a network, is used to ${task}, and sees what it should`, async ({ models }) => {
    assert.is(models.usedFor(task)?.manifest.id, id)
    assert.is(models.whyNot(task), undefined)
    assert.equal(await models.verify(id, new AbortController().signal), { ok: true, findings: [] })
  })
}

test('each of them says what it should see, and what it should see nothing in', () => {
  for (const [id] of PACKAGED) {
    const golden = KNOWN_MODELS.find((model) => model.id === id)?.golden ?? []
    assert.ok(golden.some(({ expected }) => expected === '') && golden.some(({ expected }) => expected !== ''), id)
  }
})

test.run()
