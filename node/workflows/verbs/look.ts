/** Verbs that look and change nothing. */
import { Type } from 'typebox'
import type { AssetList } from '#protocols/http.ts'
import { count, known, type Verb } from '../verb.ts'

const Limit = Type.Optional(Type.Integer({ minimum: 1, maximum: 500 }))
const Text = Type.Optional(Type.String({ minLength: 1, maxLength: 500 }))

/** Assets a step that looks keeps, unless it says otherwise. @default 20 */
export const LOOK_LIMIT = 20

const shortList = ({ assets, total }: AssetList): unknown => ({ total, assets: assets.map(({ id, name, title, kind, size, importedAtMs }) => ({ id, name, title, kind, size, importedAtMs })) })

/** `{"action":"stats"}` */
export const stats: Verb = {
  action: 'stats', summary: 'Count the library', params: Type.Object({}),
  isKnown: (actions) => actions.stats !== undefined,
  check: async () => 'would count the library',
  async run(_params, { actions, signal }) {
    const result = await known(actions, 'stats')({ signal })
    return { message: `${count(result.total_files, 'file')}, ${result.total_size_bytes} bytes`, result }
  }
}

/** `{"action":"recent","limit":10}` */
export const recent: Verb = {
  action: 'recent', summary: 'List what came in last', params: Type.Object({ limit: Limit }),
  isKnown: (actions) => actions.recent !== undefined,
  check: async () => 'would list what came in last',
  async run({ limit = LOOK_LIMIT }, { actions }) {
    const list = known(actions, 'recent')(limit)
    return { message: count(list.assets.length, 'asset'), result: shortList(list) }
  }
}

/** `{"action":"search","q":"sunset beach","type":"video"}` */
export const search: Verb = {
  action: 'search', summary: 'Find assets', params: Type.Object({ q: Text, query: Text, type: Type.Optional(Type.Union([Type.Literal('video'), Type.Literal('audio'), Type.Literal('image')])), limit: Limit }),
  isKnown: (actions) => actions.search !== undefined,
  check: async ({ q, query }) => `would look for ${q ?? query ?? 'everything'}`,
  async run({ q, query, type, limit = LOOK_LIMIT }, { actions }) {
    const list = known(actions, 'search')({ text: q ?? query ?? '', kind: type, limit })
    return { message: `${list.total} found`, result: shortList(list) }
  }
}
