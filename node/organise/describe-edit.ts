import type { AssetPatch } from '#ring'

const STARS = ['no rating', '★', '★★', '★★★', '★★★★', '★★★★★']

/** What an edit does, in a few words a person knows again: `tags +harbour, ★★★`. */
export function describeEdit(patch: AssetPatch): string {
  const words = [
    ...signed('tags', patch.addTags, patch.removeTags),
    ...(patch.rating === undefined ? [] : [STARS[patch.rating] ?? 'rating']),
    ...Object.entries(patch.marks ?? {}).map(([mark, value]) => (value === '' ? `no ${mark}` : `${mark} ${value}`)),
    ...Object.entries(patch.fields ?? {}).map(([name, value]) => (value === '' ? `no ${name}` : `${name} ${value}`)),
    ...(patch.addAlbums?.length ? ['into an album'] : []),
    ...(patch.removeAlbums?.length ? ['out of an album'] : []),
    ...(patch.title === undefined ? [] : ['title']),
    ...(patch.notes === undefined ? [] : ['notes']),
    ...(patch.deleted === undefined ? [] : [patch.deleted ? 'into the trash' : 'out of the trash'])
  ]
  return words.join(', ').slice(0, 200) || 'edit'
}

/** `1 asset`, `12 assets` */
export const countOf = ({ length }: ArrayLike<unknown>): string => `${length} ${length === 1 ? 'asset' : 'assets'}`

function signed(what: string, added: readonly string[] = [], removed: readonly string[] = []): string[] {
  const words = [...added.map((one) => `+${one}`), ...removed.map((one) => `−${one}`)]
  return words.length === 0 ? [] : [`${what} ${words.join(' ')}`]
}
