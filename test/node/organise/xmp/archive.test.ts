import assert from 'node:assert/strict'
import fastify from 'fastify'
import { suite } from 'uvu'
import { silentLog } from '#ring/base/log.ts'
import { handleErrors } from '../../../../node/http/errors.ts'
import { xmpRoutes } from '../../../../node/http/routes/organise/packages.ts'
import { createSelected } from '../../../../node/organise/selected.ts'
import { MAX_ZIP_FILES } from '../../../../node/organise/zip.ts'

const test = suite('an archive of sidecars')

test('more than an archive holds are refused before any of it is sent, by ids or by a query', async () => {
  const ids = Array.from({ length: MAX_ZIP_FILES + 1 }, (_, i) => i.toString(16).padStart(64, '0'))
  const catalog = { search: { ids: async () => ids } }
  const selected = createSelected({ catalog: catalog as never, albums: {} as never })
  const app = fastify()
  handleErrors(app, silentLog)
  await app.register(xmpRoutes({ selected, xmp: { files: () => { throw new Error('it was begun') } } as never }))
  for (const payload of [{ ids }, { query: {} }]) {
    const { statusCode, body } = await app.inject({ method: 'POST', url: '/api/v1/xmp/package', payload })
    assert.equal(statusCode, 400)
    assert.match(body, /60001 sidecars; at most 60000 fit into one archive/)
  }
  await app.close()
})

test.run()
