/** Where everything in the grid is, from the number of assets of each day alone: nothing needs to be loaded or measured. Pure. */

/** Assets under one heading. An empty label has no heading. */
export interface Section { readonly label: string; readonly count: number }

export interface GridSize {
  readonly columns: number
  /** Height of a row with the gap below it, px. */
  readonly rowHeight: number
  /** Height of a heading, px. */
  readonly headingHeight: number
}

export interface PlacedSection extends Section {
  /** px from the top of the grid. */
  readonly top: number
  /** Place of its first asset in the whole list. */
  readonly start: number
  readonly rows: number
}

export interface Geometry extends GridSize {
  readonly sections: readonly PlacedSection[]
  readonly height: number
  readonly total: number
}

export function layOut(sections: readonly Section[], size: GridSize): Geometry {
  const placed: PlacedSection[] = []
  let [top, start] = [0, 0]
  for (const { label, count } of sections) {
    const rows = Math.ceil(count / size.columns)
    placed.push({ label, count, top, start, rows })
    top += headingOf(label, size) + rows * size.rowHeight
    start += count
  }
  return { ...size, sections: placed, height: top, total: start }
}

const headingOf = (label: string, { headingHeight }: GridSize): number => label === '' ? 0 : headingHeight

/** The last section that begins at or before what is asked for. */
function sectionBefore({ sections }: Geometry, beginsBy: (section: PlacedSection) => boolean): PlacedSection | undefined {
  let [low, high] = [0, sections.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (beginsBy(sections[middle]!)) low = middle + 1
    else high = middle
  }
  return sections[Math.max(0, low - 1)]
}

export const sectionOf = (geometry: Geometry, index: number): PlacedSection | undefined => sectionBefore(geometry, ({ start }) => start <= index)
export const sectionAt = (geometry: Geometry, y: number): PlacedSection | undefined => sectionBefore(geometry, ({ top }) => top <= y)

/** Top of an asset's row, px from the top of the grid, and its column. */
export function placeOf(geometry: Geometry, index: number): { top: number; column: number } {
  const section = sectionOf(geometry, index)
  if (section === undefined) return { top: 0, column: 0 }
  const at = index - section.start
  return { top: section.top + headingOf(section.label, geometry) + Math.floor(at / geometry.columns) * geometry.rowHeight, column: at % geometry.columns }
}

export interface Window {
  readonly sections: readonly PlacedSection[]
  /** Places in the list, the second not included. */
  readonly from: number
  readonly to: number
}

/** The place in the list that is reached at `y`: of the row there, as great a part as is above it. */
function reachedAt(geometry: Geometry, y: number): number {
  const section = sectionAt(geometry, y)
  if (section === undefined) return 0
  const rows = (y - section.top - headingOf(section.label, geometry)) / geometry.rowHeight
  return section.start + Math.min(section.count, Math.max(0, Math.floor(rows * geometry.columns)))
}

/** What lies between two heights. At both ends a row comes and goes piece by piece: a whole one is more than a frame has time for. */
export function windowOf(geometry: Geometry, from: number, to: number): Window {
  if (geometry.total === 0) return { sections: [], from: 0, to: 0 }
  const first = sectionAt(geometry, Math.max(0, from))!
  const begin = geometry.sections.indexOf(first)
  const sections: PlacedSection[] = []
  for (let at = begin; at < geometry.sections.length && geometry.sections[at]!.top < to; at++) sections.push(geometry.sections[at]!)
  if (sections.length === 0) return { sections, from: 0, to: 0 } // all of the grid is below what is looked at
  return { sections, from: reachedAt(geometry, from), to: reachedAt(geometry, to) }
}

/** The place an arrow leads to; undefined for other keys. */
export function placeBeside(geometry: Geometry, index: number, key: string): number | undefined {
  const end = Math.max(0, geometry.total - 1)
  switch (key) {
    case 'ArrowLeft': return Math.max(0, index - 1)
    case 'ArrowRight': return Math.min(end, index + 1)
    case 'ArrowDown': return below(geometry, index)
    case 'ArrowUp': return above(geometry, index)
    case 'Home': return 0
    case 'End': return end
    default: return undefined
  }
}

function below(geometry: Geometry, index: number): number {
  const section = sectionOf(geometry, index)
  if (section === undefined) return index
  const at = index - section.start
  const { columns } = geometry
  if (at + columns < section.count) return index + columns
  if (Math.floor(at / columns) < section.rows - 1) return section.start + section.count - 1
  const next = geometry.sections[geometry.sections.indexOf(section) + 1]
  return next === undefined ? index : next.start + Math.min(at % columns, next.count - 1)
}

function above(geometry: Geometry, index: number): number {
  const section = sectionOf(geometry, index)
  if (section === undefined) return index
  const at = index - section.start
  const { columns } = geometry
  if (at >= columns) return index - columns
  const before = geometry.sections[geometry.sections.indexOf(section) - 1]
  if (before === undefined) return index
  return before.start + Math.min((before.rows - 1) * columns + at, before.count - 1)
}
