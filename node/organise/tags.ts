import { setImmediate as turn } from 'node:timers/promises'
import { InvalidInputError } from '#protocols/errors.ts'
import type { BulkEditResult } from '#protocols/http.ts'
import type { AssetId } from '#protocols/ids.ts'
import type { Asset, AssetPatch, Catalog } from '#ring'
import type { Edits } from './edits.ts'
import type { Person } from './person.ts'
import type { Selected } from './selected.ts'

/** Assets in the trash that are looked through at once. @default 500 */
export const TRASH_TURN = 500

/** Tags over the whole library, its trash as well: `/` is a level, and what is done to a tag is done to all below it. */
export interface Tags {
  list(): Array<{ tag: string; assets: number }>
  /** Several are merged into one. @throws InvalidInputError */
  rename(who: Person, from: readonly string[], to: string): Promise<BulkEditResult>
  remove(who: Person, tag: string): Promise<BulkEditResult>
}

export function createTags({ catalog, edits, selected }: { catalog: Pick<Catalog, 'index'>; edits: Pick<Edits, 'many'>; selected: Pick<Selected, 'ids'> }): Tags {
  const isTagged = ({ tags }: Pick<Asset, 'tags'>, from: readonly string[]): boolean => tags.some((tag) => from.some((one) => isUnder(tag, one)))

  /** What comes back from the trash has the tags that everything else has by then. */
  async function inTrash(from: readonly string[]): Promise<AssetId[]> {
    const ids: AssetId[] = []
    for (let cursor: string | undefined = ''; cursor !== undefined; await turn()) {
      const page = catalog.index.trash({ limit: TRASH_TURN, ...cursor !== '' && { cursor } })
      ids.push(...page.assets.filter((asset) => isTagged(asset, from)).map(({ facts }) => facts.id))
      cursor = page.cursor
    }
    return ids
  }

  async function change(who: Person, from: readonly string[], title: string, renamed: (tag: string, from: string) => string | undefined): Promise<BulkEditResult> {
    const ids = new Set<AssetId>(await inTrash(from))
    for (const tag of from) for (const id of await selected.ids({ query: { tag } })) ids.add(id)
    return edits.many(who, [...ids], ({ tags }): AssetPatch | undefined => {
      const touched = tags.flatMap((tag) => from.filter((one) => isUnder(tag, one)).slice(0, 1).map((one) => ({ tag, to: renamed(tag, one) })))
      return touched.length === 0 ? undefined : { removeTags: touched.filter(({ tag, to }) => to !== tag).map(({ tag }) => tag), addTags: touched.flatMap(({ to }) => to ?? []) }
    }, title)
  }

  return {
    list: () => catalog.index.counts().tags,
    rename(who, from, to) {
      const name = to.trim().normalize('NFC')
      if (name === '' || name.split('/').some((level) => level.trim() === '')) throw new InvalidInputError('a tag has a name at every level: place/oslo')
      return change(who, from, `tag ${from.join(', ')} → ${name}`, (tag, one) => name + tag.slice(one.length))
    },
    remove: (who, tag) => change(who, [tag], `removed the tag ${tag}`, () => undefined)
  }
}

/** Whether a tag is this one or lies under it; capitals do not count. */
export function isUnder(tag: string, above: string): boolean {
  const [low, top] = [tag.toLowerCase(), above.toLowerCase()]
  return low === top || low.startsWith(`${top}/`)
}
