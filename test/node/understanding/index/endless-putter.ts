/** Puts subjects into an index until it is killed, and says which are acknowledged. */
import { createHash } from 'node:crypto'
import type { AssetId } from '#protocols/ids.ts'
import { silentLog } from '#ring/base/log.ts'
import { createNodeIndex } from '../../../../node/understanding/index/node-index.ts'
import type { SpaceId } from '../../../../node/understanding/space.ts'
import { clusteredVectors } from '../../../support/clustered-vectors.ts'

const index = createNodeIndex({ log: silentLog }, { folder: process.argv[2] as string })
await index.start()
const source = clusteredVectors({ dimensions: 8 })
const place = (i: number) => ({ level: 1 as const, fromMs: i, toMs: i + 1, pictureMs: i })
for (let i = 0; ; i += 4) {
  await Promise.all([0, 1, 2, 3].map(async (more) => {
    const id = createHash('sha256').update(String(i + more)).digest('hex') as AssetId
    await index.put({
      subject: { kind: 'asset', id }, understood: { ms: 1, readings: ['analysis@1'] },
      vectors: Array.from({ length: 40 }, (_, at) => ({ ...place(at), space: 'colours-1' as SpaceId, vector: source.next() })),
      words: Array.from({ length: 3 }, (_, at) => ({ ...place(at), sense: 'speech' as const, text: `text ${at} of ${i + more}` }))
    })
    process.stdout.write(`${i + more}\n`)
  }))
}
