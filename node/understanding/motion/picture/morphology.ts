/** Small repairs of a picture of zeros and ones: single pixels go, small holes close. */

/** How many of the square around each pixel are set; outside of the picture nothing is. */
function countAround(mask: Uint8Array, width: number, height: number, reach: number): Uint16Array {
  const across = new Uint16Array(mask.length)
  const counts = new Uint16Array(mask.length)
  for (let y = 0; y < height; y++) {
    let sum = 0
    for (let x = -reach; x < width; x++) {
      sum += (x + reach < width ? mask[y * width + x + reach]! : 0) - (x - reach - 1 >= 0 ? mask[y * width + x - reach - 1]! : 0)
      if (x >= 0) across[y * width + x] = sum
    }
  }
  for (let x = 0; x < width; x++) {
    let sum = 0
    for (let y = -reach; y < height; y++) {
      sum += (y + reach < height ? across[(y + reach) * width + x]! : 0) - (y - reach - 1 >= 0 ? across[(y - reach - 1) * width + x]! : 0)
      if (y >= 0) counts[y * width + x] = sum
    }
  }
  return counts
}

/** Set where most of the square around it is. */
export function majority(mask: Uint8Array, width: number, height: number, reach: number): Uint8Array {
  const half = ((2 * reach + 1) ** 2) / 2
  const counts = countAround(mask, width, height, reach)
  const most = new Uint8Array(mask.length)
  for (let at = 0; at < most.length; at++) if (counts[at]! > half) most[at] = 1
  return most
}

/** Grown by `reach` and shrunk again: gaps up to twice as wide are closed. Beyond the edges it goes on as at them. */
export function closeGaps(mask: Uint8Array, width: number, height: number, reach: number): Uint8Array {
  return unset(unset(mask, width, height, reach), width, height, reach)
}

/** Set where nothing of the square around it is. */
function unset(mask: Uint8Array, width: number, height: number, reach: number): Uint8Array {
  const counts = countAround(mask, width, height, reach)
  const empty = new Uint8Array(mask.length)
  for (let at = 0; at < empty.length; at++) if (counts[at] === 0) empty[at] = 1
  return empty
}
