import { type OverlaySettings, PEAKING_COLOURS } from './overlay-settings.ts'

/** Half the width of the band the second zebra marks, IRE. @default 2.5 */
export const SECOND_ZEBRA_IRE = 2.5
/** Width of a zebra stripe, CSS pixels measured along a row. @default 6 */
const STRIPE_PX = 6
/** How fast the stripes move, CSS pixels per second. @default 12 */
const STRIPE_SPEED = 12
/** Gradient an edge must have at strength 0 and at 100, IRE over two pixels. */
const PEAK_IRE = [30, 4] as const
/** Share of its contrast that must lie within two pixels at strength 0 and at 100. */
const PEAK_SHARE = [0.85, 0.55] as const

/** The shader's inputs, by the names they have there. */
export interface Look {
  readonly falseColour: boolean
  readonly zebra: readonly [number, number]
  readonly secondZebra: readonly [number, number]
  /** Width of a stripe and how far they have moved, pixels of the target. */
  readonly stripes: readonly [number, number]
  readonly peakColour: readonly [number, number, number]
  /** Least gradient in IRE, 0 for no peaking at all, and least share. */
  readonly peak: readonly [number, number]
}

/** A range no level is in. */
const NOWHERE = [1e9, 1e9] as const

const between = ([from, to]: readonly [number, number], strength: number): number => from + (to - from) * strength / 100

/** What the shader is to do at a moment (`nowMs`; stand still with a constant), on a target of `scale` pixels per CSS pixel. */
export function lookOf(settings: OverlaySettings, nowMs: number, scale: number): Look {
  const { falseColour, zebra, zebraIre, secondZebra, secondZebraIre, peaking, peakingColour, peakingStrength } = settings
  const [red, green, blue] = PEAKING_COLOURS[peakingColour]
  return {
    falseColour,
    zebra: zebra ? [zebraIre - 0.01, 1e9] : NOWHERE,
    secondZebra: secondZebra ? [secondZebraIre - SECOND_ZEBRA_IRE, secondZebraIre + SECOND_ZEBRA_IRE] : NOWHERE,
    // The remainder keeps the number small: a float of the GPU loses its fraction after hours.
    stripes: [STRIPE_PX * scale, nowMs / 1000 * STRIPE_SPEED % (2 * STRIPE_PX) * scale],
    peakColour: [red / 255, green / 255, blue / 255],
    peak: peaking ? [between(PEAK_IRE, peakingStrength), between(PEAK_SHARE, peakingStrength)] : [0, 0]
  }
}
