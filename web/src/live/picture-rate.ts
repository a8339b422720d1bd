/** Part of the camera's pictures below which a viewer is told that it misses some. @default 0.6 */
export const FEW_PICTURES = 0.6

/** How many pictures a second; when they are few of what the camera sends, of how many. */
export function rateOf(sent: number, shown: number): string {
  if (shown > 0 && shown < sent * FEW_PICTURES) return `${shown} of ${Math.round(sent)} fps: too slow a line`
  return shown > 0 ? `${Math.round(shown)} fps` : ''
}
