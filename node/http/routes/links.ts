import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { NotFoundError } from '#protocols/errors.ts'
import { ErrorBody, LinkList, LinkMade, LinkView, NewLink } from '#protocols/http.ts'
import type { Ring } from '#ring'
import type { Accounts } from '../../accounts/accounts.ts'
import { describeLink } from '../../accounts/describe-change.ts'
import { ForbiddenError } from '../../accounts/refusals.ts'
import { type ShareLink, whyClosed } from '../../accounts/share-links.ts'
import { albumOf, ALBUMS, noAlbum } from '../../organise/albums.ts'
import { sightOf } from '../sight.ts'
import type { Who } from '../who.ts'

const Id = Type.Object({ id: Type.String({ pattern: '^[0-9a-f]{16}$' }) })

export interface LinkComponents {
  readonly accounts: Accounts
  readonly ring: Pick<Ring, 'catalog'>
}

/** `GET` and `POST /links`, `POST /links/:id/revoke`, `DELETE /links/:id`: an editor has the own ones, an administrator all. */
export function linkRoutes({ accounts, ring: { catalog } }: LinkComponents): FastifyPluginAsyncTypebox {
  const { links, users, rights } = accounts
  const config = { role: 'editor', albums: true } as const

  const linkView = ({ revokedMs, by, assets, ...link }: ShareLink): LinkView => ({
    ...link, assets: [...assets], state: whyClosed({ ...link, revokedMs, by, assets }, Date.now()) ?? 'open', by: by === '' ? '' : users.find(by)?.name ?? 'a closed account'
  })
  const isOwn = (who: Who, { by }: ShareLink): boolean => who.role === 'admin' || (who.kind === 'user' && by === who.id)

  function own(who: Who, id: string): ShareLink {
    const link = links.find(id)
    if (link === undefined || !isOwn(who, link)) throw new NotFoundError('there is no such link: it may have been removed')
    return link
  }

  /** Nobody shares what is not there, or what they do not see themselves. @throws NotFoundError, ForbiddenError */
  async function checkShares(who: Who, { album = '', assets = [] }: NewLink): Promise<void> {
    if (album !== '') checkAlbum(who, album)
    for (const asset of assets) await sightOf(catalog, who).find(asset)
  }

  /** Of what a rule finds, whoever is limited to albums sees nothing by that. */
  function checkAlbum(who: Who, id: string): void {
    if (who.albums !== undefined && !who.albums.includes(id)) throw new ForbiddenError(`${who.name} does not see this album`)
    const record = catalog.records.find(ALBUMS, id)
    const album = record && albumOf(record)
    if (album === undefined) throw noAlbum(id)
    if (who.albums !== undefined && album.kind === 'rule') throw new ForbiddenError(`${who.name} does not see what the rule of this album finds`)
  }

  return async (app) => {
    app.get('/links', { config, schema: { tags: ['people'], summary: 'Share links: the own ones, or all', response: { 200: LinkList, default: ErrorBody } } }, async ({ who }) => ({ links: links.list().filter((link) => isOwn(who, link)).map(linkView), albums: rights.albums().filter(({ id }) => who.albums?.includes(id) ?? true) }))

    app.post('/links', {
      config, validatorCompiler: TypeBoxValidatorCompiler, schema: { tags: ['people'], summary: 'Share an album or assets with whoever has the address', body: NewLink, response: { 201: LinkMade, default: ErrorBody } }
    }, async ({ body, who, deed }, reply) => {
      await checkShares(who, body)
      const { link, token } = await links.create({
        title: body.title ?? '', album: body.album ?? '', assets: body.assets ?? [], expiresMs: body.expiresMs ?? 0, password: body.password ?? '', watermark: body.watermark ?? '', download: body.download ?? false, by: who.kind === 'user' ? who.id : ''
      })
      Object.assign(deed, { detail: describeLink(link), target: link.id })
      return reply.code(201).header('cache-control', 'no-store').send({ link: linkView(link), path: `/s/${token}` })
    })

    app.post('/links/:id/revoke', {
      config, schema: { tags: ['people'], summary: 'Close a link, on every node', params: Id, response: { 200: LinkView, default: ErrorBody } }
    }, async ({ params, who }) => linkView(await links.revoke(own(who, params.id).id)))

    app.delete('/links/:id', {
      config, schema: { tags: ['people'], summary: 'Close a link and forget it', params: Id, response: { 204: Type.Null(), default: ErrorBody } }
    }, async ({ params, who }, reply) => {
      await links.remove(own(who, params.id).id)
      return reply.code(204).send(null)
    })
  }
}
