import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import type { RelatedView, SceneList } from '#protocols/http.ts'
import type { FileRow } from '../../../workflows/file-row.ts'
import { askSelfJson } from './ask-self.ts'
import type { SeedComponents } from './seed-components.ts'

/** Cards of one answer when nobody says. @default 50 */
export const DEFAULT_CARDS = 50
/** Scenes on one card, at most. @default 12 */
export const MAX_CARD_SCENES = 12

/** A row, pictures of its scenes (times in seconds), and how like it is to what is most like it: 0 to 1, null when it was not asked for or nothing is. */
interface Card { readonly artifact: FileRow; readonly scenes: ReadonlyArray<{ readonly time: number; readonly url: string }>; readonly score: number | null }

const Params = Type.Object({ name: Type.String({ maxLength: 400 }) })
const Query = Type.Object({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })), include_score: Type.Optional(Type.Boolean()) })

/** `GET /batches/:name/cards`. */
export function cardAliases(_components: SeedComponents): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get('/batches/:name/cards', { validatorCompiler: TypeBoxValidatorCompiler, schema: { tags: ['first clients'], summary: 'A batch as cards: rows with pictures of their scenes; ?include_score=true says how like each is to what is most like it', params: Params, querystring: Query } }, async ({ params: { name }, query: { limit = DEFAULT_CARDS, include_score = false }, headers, ip, who }) => {
      const self = <T>(path: string): Promise<T> => askSelfJson<T>(app, { headers, ip, who }, 'GET', path)
      const items: Card[] = []
      for (const artifact of (await self<FileRow[]>(`/batches/${encodeURIComponent(name)}`)).slice(0, limit)) {
        const { scenes } = await self<SceneList>(`/api/v1/assets/${artifact.id}/scenes`)
        const score = include_score ? likenessOf(await self<RelatedView>(`/api/v1/assets/${artifact.id}/related`)) : null
        items.push({ artifact, scenes: scenes.slice(0, MAX_CARD_SCENES).map(({ heroMs, picture }) => ({ time: heroMs / 1_000, url: picture })), score })
      }
      return { batch_id: name, items }
    })
  }
}

const likenessOf = ({ duplicates, sameScene, more }: RelatedView): number | null => {
  const all = [...duplicates, ...sameScene, ...more].map(({ likeness }) => likeness)
  return all.length === 0 ? null : Math.max(...all)
}
