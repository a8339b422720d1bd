import { Type } from 'typebox'
import { InvalidInputError } from '#protocols/errors.ts'
import { count, known, type Params, type Verb } from '../verb.ts'

const Tags = Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 100 }))

function edit(action: string, summary: string): Verb {
  const parts = ({ ids, query, asset, tags, ...change }: Params) => {
    const which = { ...(ids !== undefined || asset !== undefined ? { ids: ids ?? [asset] } : {}), ...(query !== undefined && { query }) }
    if (Object.keys(which).length === 0) throw new InvalidInputError('say which assets: "ids": […], or "query": "words of a search"')
    return { which, change: { ...change, ...(tags !== undefined && { add_tags: tags }) } }
  }
  return {
    action, summary,
    params: Type.Object({
      ids: Type.Optional(Type.Array(Type.String({ pattern: '^[0-9a-f]{64}$' }), { minItems: 1, maxItems: 10_000 })), asset: Type.Optional(Type.String({ maxLength: 200 })), query: Type.Optional(Type.String({ minLength: 1, maxLength: 500 })),
      tags: Tags, add_tags: Tags, remove_tags: Tags, rating: Type.Optional(Type.Integer({ minimum: 0, maximum: 5 })), title: Type.Optional(Type.String({ maxLength: 500 })), notes: Type.Optional(Type.String({ maxLength: 20_000 }))
    }),
    isKnown: (actions) => actions.edit !== undefined,
    async check(params, { actions, signal }) {
      const { which, change } = parts(params)
      return `would change ${count(await known(actions, 'edit')(which, change, { signal, dryRun: true }), 'asset')}`
    },
    async run(params, { actions, signal }) {
      const { which, change } = parts(params)
      const changed = await known(actions, 'edit')(which, change, { signal, dryRun: false })
      return { message: `${count(changed, 'asset')} changed`, result: { changed } }
    }
  }
}

/** `{"action":"tag","query":"interview","tags":["a-roll"]}` */
export const tag: Verb = edit('tag', 'Give assets tags, or take some away')
/** `{"action":"edit","ids":["…"],"rating":5}` */
export const editAssets: Verb = edit('edit', 'Change rating, title, notes and tags of many assets')
