import { Kept } from '../design/kept.ts'
import { fieldsOf, oneOf } from '../design/tolerant.ts'

/** How the library is shown in this browser. */
export interface View {
  readonly kind: 'grid' | 'list'
  /** Least width of a card, px. */
  readonly cardPx: number
  readonly facets: boolean
}

/** Widths of cards to choose from, px. */
export const CARD_SIZES = [150, 212, 320] as const

export const view = new Kept<View>('thatdam.library', (kept) => {
  const { kind, cardPx, facets } = fieldsOf(kept)
  return { kind: oneOf(['grid', 'list'], kind, 'grid'), cardPx: oneOf(CARD_SIZES, cardPx, 212), facets: facets !== false }
})
