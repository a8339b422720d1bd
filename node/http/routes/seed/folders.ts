import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { NotFoundError } from '#protocols/errors.ts'
import { parseAssetId } from '#protocols/ids.ts'
import { type Asset, everyAssetInTurns } from '#ring'
import { assetView } from '../../views.ts'
import { fileRows, type SeedComponents } from './seed-components.ts'

const Folder = Type.Optional(Type.String({ maxLength: 1_024 }))
const Id = Type.Object({ id: Type.String({ maxLength: 100 }) })
const tags = ['first clients']
const validatorCompiler = TypeBoxValidatorCompiler

const folderOf = (asset: Asset): string => (asset.locations[0]?.path ?? '').split('/').slice(0, -1).join('/') || '/'

/** `GET /v1/folders /v1/assets /v1/assets/:id /v1/bytes`, `/explorer/folders /explorer/assets`, `/media/:id`. */
export function folderAliases({ actions, catalog: { index } }: SeedComponents): FastifyPluginAsyncTypebox {
  async function folders(prefix = ''): Promise<string[]> {
    const found = new Set<string>()
    for await (const asset of everyAssetInTurns(index)) if (folderOf(asset).startsWith(prefix)) found.add(folderOf(asset))
    return [...found].sort()
  }

  async function inFolder(folder: string | undefined): Promise<Asset[]> {
    const found: Asset[] = []
    for await (const asset of everyAssetInTurns(index)) if (folder === undefined || folderOf(asset) === folder) found.push(asset)
    return found
  }

  function find(text: string): Asset {
    const asset = index.asset(parseAssetId(text))
    if (asset === undefined || asset.deletedAtMs !== undefined) throw new NotFoundError('no such asset: it was never imported here, or it was deleted')
    return asset
  }

  return async (app) => {
    app.get('/v1/folders', { schema: { tags, summary: 'Folders that assets came from', querystring: Type.Object({ prefix: Folder }) } }, async ({ query }) => ({ folders: await folders(query.prefix) }))
    app.get('/v1/assets', { validatorCompiler, schema: { tags, summary: 'Assets of a folder', querystring: Type.Object({ folder: Folder, page: Type.Optional(Type.Integer({ minimum: 1 })), page_size: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })) }) } }, async ({ query: { folder, page = 1, page_size = 50 } }) => {
      const found = await inFolder(folder)
      return { total: found.length, page, items: found.slice((page - 1) * page_size, page * page_size).map(v1Asset) }
    })
    app.get('/v1/assets/:id', { schema: { tags, summary: 'One asset', params: Id } }, async ({ params }) => v1Asset(find(params.id)))
    app.get('/v1/bytes', { schema: { tags, summary: 'Its bytes; redirects', querystring: Type.Object({ key: Type.String({ maxLength: 100 }) }) } }, async ({ query }, reply) => reply.redirect(`/api/v1/assets/${find(query.key).facts.id}/content`, 302))
    app.get('/media/:id', { schema: { tags, summary: 'One row', params: Id } }, async ({ params }) => fileRows([assetView(find(params.id))], actions)[0])
    app.get('/explorer/folders', { schema: { tags, summary: 'Folders with their parents' } }, async () => explorerFolders(await folders()))
    app.get('/explorer/assets', { schema: { tags, summary: 'Rows of ?path=', querystring: Type.Object({ path: Folder }) } }, async ({ query }) => fileRows((await inFolder(query.path)).slice(0, 500).map((asset) => assetView(asset)), actions))
  }
}

function v1Asset(asset: Asset): Record<string, unknown> {
  const { id, name, size, mime, importedAtMs } = asset.facts
  const [place] = asset.locations
  return { id, key: id, name, size, hash: id, mime, folder: folderOf(asset), labels: Object.fromEntries(asset.tags.map((tag) => [tag, 'true'])), created_at: new Date(importedAtMs).toISOString(), source_node: place?.node ?? '', origin_path: place?.path ?? '', external_ref: '' }
}

/** A folder's id is its path, so that it stays the same. */
function explorerFolders(paths: readonly string[]): Array<{ id: string; name: string; path: string; parent_id: string | null }> {
  const all = new Set(paths.flatMap((path) => path.split('/').map((_part, end, parts) => parts.slice(0, end + 1).join('/'))).filter((path) => path !== ''))
  return [...all].sort().map((path) => {
    const parent = path.split('/').slice(0, -1).join('/')
    return { id: path, name: path.split('/').at(-1) ?? path, path, parent_id: parent === '' ? null : parent }
  })
}
