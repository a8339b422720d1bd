import { InvalidInputError, NotFoundError, RefusedError } from '#protocols/errors.ts'
import type { Asset, Ring } from '#ring'
import { assetView } from '../http/views.ts'
import { fileRow } from '../http/routes/seed/seed-components.ts'
import type { Actions } from './actions.ts'

/** A batch as the first clients know it: what lay in a folder of that name. */
export function createFolderBatches(index: Pick<Ring['catalog']['index'], 'assets'>, { stats, beginScan }: Pick<Actions, 'stats' | 'beginScan'>): NonNullable<Actions['batches']> {
  const batchOf = (asset: Asset): string => (asset.locations[0]?.path ?? '').split('/').at(-2) ?? ''
  return {
    list: async () => (await stats?.({}))?.by_batch ?? [],
    async show(name) {
      const rows = []
      for (let cursor: string | undefined, more = true; more;) {
        const page = index.assets({ text: name, limit: 500, ...(cursor !== undefined && { cursor }) })
        rows.push(...page.assets.filter((asset) => batchOf(asset) === name).map((asset) => fileRow(assetView(asset))))
        cursor = page.cursor
        more = cursor !== undefined
        if (more) await new Promise(setImmediate)
      }
      if (rows.length === 0) throw new NotFoundError(`there is no batch ${JSON.stringify(name.slice(0, 60))}: GET /batches lists them`)
      return rows
    },
    async add({ folder, paths = [] }) {
      const [path, ...more] = folder === undefined ? paths : [folder]
      if (path === undefined || beginScan === undefined) throw new InvalidInputError('say what the batch is of: "folder", or "paths"')
      const { id } = await beginScan(path)
      for (const each of more) await beginScan(each)
      return { job_id: id, status: 'started' }
    },
    async remove(name) {
      throw new RefusedError(`a batch is the folder ${JSON.stringify(name.slice(0, 60))} that its files came from: delete its assets, and it is gone`)
    }
  }
}
