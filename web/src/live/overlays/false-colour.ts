/** A colour as three channels, 0 to 255. */
export type Rgb = readonly [number, number, number]

/** One range of luma and the colour it is shown in; from `fromIre` on, below `toIre`. */
export interface Band {
  readonly name: string
  readonly fromIre: number
  readonly toIre: number
  readonly colour: Rgb
}

/**
 * The false-colour scale, darkest first. It follows the cameras that show the picture in black and white between the bands; so middle grey, where a grey card of 18 % lies (40.9 IRE
 * in BT.709), is green: a grey band in a grey picture would not be seen. The last band has no upper end: see `ire.ts` on what is clipped.
 */
export const BANDS: readonly Band[] = [
  { name: 'Crushed black', fromIre: 0, toIre: 2.5, colour: [134, 44, 196] },
  { name: 'Near black', fromIre: 2.5, toIre: 7, colour: [32, 92, 240] },
  { name: 'Middle grey, 18 %', fromIre: 40, toIre: 45, colour: [58, 184, 72] },
  { name: 'Light skin', fromIre: 52, toIre: 56, colour: [255, 148, 186] },
  { name: 'Near white', fromIre: 95, toIre: 99, colour: [250, 222, 46] },
  { name: 'Clipped white', fromIre: 99, toIre: Infinity, colour: [240, 36, 32] }
]

/** The band a level lies in; undefined where the picture stays black and white. */
export function bandOf(ire: number): Band | undefined {
  return BANDS.find(({ fromIre, toIre }) => ire >= fromIre && ire < toIre)
}

/** A band's range in words: `40–45`, `below 2.5`, `above 99`. */
export function rangeOf({ fromIre, toIre }: Band): string {
  if (toIre === Infinity) return `above ${fromIre}`
  return fromIre === 0 ? `below ${toIre}` : `${fromIre}–${toIre}`
}
