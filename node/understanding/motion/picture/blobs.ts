/** Pixels that hang together. */

/** In pixels; right and bottom are not part of it. */
export interface Blob {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
  /** Pixels of it that moved. */
  readonly area: number
}

/** Things that hang together, also by corners, of at least so many pixels; the largest first. */
export function findBlobs(mask: Uint8Array, width: number, height: number, leastArea: number): Blob[] {
  const seen = new Uint8Array(mask.length)
  const stack = new Int32Array(mask.length)
  const found: Blob[] = []
  for (let start = 0; start < mask.length; start++) {
    if (mask[start] === 0 || seen[start] === 1) continue
    const blob = flood(mask, seen, stack, start, width, height)
    if (blob.area >= leastArea) found.push(blob)
  }
  return found.sort((a, b) => b.area - a.area)
}

function flood(mask: Uint8Array, seen: Uint8Array, stack: Int32Array, start: number, width: number, height: number): Blob {
  let [left, right, top, bottom, area, depth] = [width, 0, height, 0, 0, 0]
  stack[depth++] = start
  seen[start] = 1
  while (depth > 0) {
    const at = stack[--depth]!
    const [x, y] = [at % width, Math.floor(at / width)]
    area++
    if (x < left) left = x
    if (x > right) right = x
    if (y < top) top = y
    if (y > bottom) bottom = y
    for (let dy = y > 0 ? -1 : 0; dy <= (y < height - 1 ? 1 : 0); dy++) {
      for (let dx = x > 0 ? -1 : 0; dx <= (x < width - 1 ? 1 : 0); dx++) {
        const next = at + dy * width + dx
        if (mask[next] === 0 || seen[next] === 1) continue
        seen[next] = 1
        stack[depth++] = next
      }
    }
  }
  return { left, top, right: right + 1, bottom: bottom + 1, area }
}
