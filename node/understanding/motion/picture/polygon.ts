import type { Point, Polygon } from '../motion.ts'

/** Whether a point lies inside, by the even-odd rule. */
export function isInside([x, y]: Point, polygon: Polygon): boolean {
  let inside = false
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [[xi, yi], [xj, yj]] = [polygon[i]!, polygon[j]!]
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside
  }
  return inside
}

/** One byte per pixel: 1 where the middle of the pixel lies in any of them. */
export function paintPolygons(polygons: readonly Polygon[], width: number, height: number): Uint8Array {
  const painted = new Uint8Array(width * height)
  for (const polygon of polygons) {
    const [left, right] = rangeOf(polygon, 0, width)
    const [top, bottom] = rangeOf(polygon, 1, height)
    for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) if (isInside([(x + 0.5) / width, (y + 0.5) / height], polygon)) painted[y * width + x] = 1
  }
  return painted
}

function rangeOf(polygon: Polygon, axis: 0 | 1, size: number): [from: number, to: number] {
  const places = polygon.map((point) => point[axis] * size)
  return [Math.max(0, Math.floor(Math.min(...places))), Math.min(size, Math.ceil(Math.max(...places)))]
}
