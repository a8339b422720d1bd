/** Room between a tile and the panel beside it, and between the panel and the window's edge, px. @default 8 */
const GAP_PX = 8

/** Where a panel goes so that it hides as little as it can of the tile it is about: right of it, left of it, else at the edge that hides the least. */
export function placeBeside(tile: { readonly left: number; readonly right: number; readonly top: number }, panel: { readonly width: number; readonly height: number }, window: { readonly width: number; readonly height: number }): { readonly left: number; readonly top: number } {
  const last = window.width - panel.width - GAP_PX
  const left = tile.right + GAP_PX <= last ? tile.right + GAP_PX : tile.left - GAP_PX - panel.width >= GAP_PX ? tile.left - GAP_PX - panel.width : last
  return { left: Math.max(GAP_PX, left), top: Math.max(GAP_PX, Math.min(tile.top, window.height - panel.height - GAP_PX)) }
}
