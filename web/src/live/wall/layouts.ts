/** A way to arrange tiles: how many at once, and in what grid. */
export interface Layout {
  readonly words: string
  /** Tiles at once; the others are on further pages. */
  readonly cells: number
  readonly columns: number
  readonly rows: number
  /** The first tile is twice as wide and high. */
  readonly firstLarge: boolean
}

const square = (side: number, words: string): Layout => ({ words, cells: side * side, columns: side, rows: side, firstLarge: false })

/** The layouts to choose from; `auto` shows every camera and goes by their number. */
export const LAYOUTS = {
  'auto': { words: 'Automatic', cells: Infinity, columns: 0, rows: 0, firstLarge: false },
  '1': square(1, 'One camera'),
  '2x2': square(2, 'Two by two'),
  '1+5': { words: 'One large, five small', cells: 6, columns: 3, rows: 3, firstLarge: true },
  '3x3': square(3, 'Three by three'),
  '4x4': square(4, 'Four by four')
} as const satisfies Record<string, Layout>

export type LayoutName = keyof typeof LAYOUTS

/** All names, in the order they are offered. */
export const LAYOUT_NAMES = ['auto', '1', '2x2', '1+5', '3x3', '4x4'] as const satisfies readonly LayoutName[]

/** Most columns of the automatic layout in the page, where names stand under the pictures; on the full screen everything fits. @default 3 */
const AUTO_COLUMNS = 3

/** The grid of a layout for a number of tiles: a square that is just large enough when the layout leaves it open. */
export function gridOf(name: LayoutName, count: number, fits: boolean): { readonly columns: number; readonly rows: number } {
  if (name !== 'auto') return LAYOUTS[name]
  const side = Math.max(1, Math.ceil(Math.sqrt(count)))
  const columns = fits ? side : Math.min(AUTO_COLUMNS, side)
  return { columns, rows: Math.max(1, Math.ceil(count / columns)) }
}
