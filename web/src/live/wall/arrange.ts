import type { CameraView } from '#protocols/http.ts'

type Arranged = Pick<CameraView, 'id' | 'name' | 'live'>

/** Cameras in the order someone gave them; those that were never placed follow, live ones first, then by name. */
export function inOrder<C extends Arranged>(cameras: readonly C[], order: readonly string[]): C[] {
  const places = new Map(order.map((id, at) => [id, at]))
  const placeOf = ({ id }: C): number => places.get(id) ?? order.length
  return [...cameras].sort((a, b) => placeOf(a) - placeOf(b) || Number(b.live) - Number(a.live) || a.name.localeCompare(b.name, 'en', { numeric: true }))
}

/** The ids with one of them moved to where another is; the others close up. Unknown ids change nothing. */
export function moved(ids: readonly string[], id: string, to: string | undefined): readonly string[] {
  const place = to === undefined ? -1 : ids.indexOf(to)
  if (place === -1 || !ids.includes(id) || id === to) return ids
  return ids.filter((each) => each !== id).toSpliced(place, 0, id)
}

/** One page of what does not fit at once; a page that is no more is the last one. */
export function pageOf<T>(items: readonly T[], cells: number, page: number): { readonly shown: readonly T[]; readonly page: number; readonly pages: number } {
  const pages = Math.max(1, Math.ceil(items.length / cells))
  const at = Math.max(0, Math.min(page, pages - 1))
  return { shown: cells === Infinity ? items : items.slice(at * cells, (at + 1) * cells), page: at, pages }
}
