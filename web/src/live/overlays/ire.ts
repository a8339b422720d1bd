/**
 * What a level means here. A camera sends BT.709 luma in limited range: code 16 is 0 IRE (black), 235 is 100 IRE (white). The browser turns that into
 * full-range R'G'B' before a page can look at it, so 0 IRE arrives as 0 and 100 IRE as 255; both are still gamma-encoded, as IRE is, and the step between
 * them stays linear. Luma is the BT.709 sum of the three. What a signal holds below black or above white (codes 1–15 and 236–254) the browser has clipped:
 * the top of the scale means "100 IRE or more".
 */

/** Shares of R', G' and B' in luma (ITU-R BT.709, item 3.2). */
export const LUMA = [0.2126, 0.7152, 0.0722] as const

/** Luma in IRE, 0 to 100, of a pixel as the browser hands it out, each channel 0 to 255. */
export function ireOf(red: number, green: number, blue: number): number {
  return (LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue) / 2.55
}
