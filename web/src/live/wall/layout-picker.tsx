import { LAYOUTS, LAYOUT_NAMES, type LayoutName } from './layouts.ts'
import { changeWall } from './wall-settings.ts'

/** Sides of the little grid that stands for a layout, in its own units. */
const SIZE = 24
const EDGE = 3

function cellsOf(name: LayoutName): { readonly x: number; readonly y: number; readonly side: number }[] {
  const { columns, cells, firstLarge } = LAYOUTS[name]
  const step = (SIZE - 2 * EDGE) / columns
  const places = Array.from({ length: columns * columns }, (_, at) => ({ x: EDGE + at % columns * step, y: EDGE + Math.floor(at / columns) * step, side: step }))
  if (!firstLarge) return places.slice(0, cells)
  return [{ x: EDGE, y: EDGE, side: 2 * step }, ...places.filter(({ x, y }) => x > EDGE + step || y > EDGE + step)]
}

function LayoutIcon({ name }: { readonly name: LayoutName }) {
  return (
    <svg className="icon-glyph" viewBox={`0 0 ${SIZE} ${SIZE}`} fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      {name === 'auto'
        ? <path d="M4 18 12 5l8 13M7 13.5h10" strokeLinecap="round" strokeLinejoin="round" />
        : cellsOf(name).map(({ x, y, side }) => <rect key={`${x} ${y}`} x={x + 0.8} y={y + 0.8} width={side - 1.6} height={side - 1.6} rx="0.8" />)}
    </svg>
  )
}

/** Which layout the wall has; arrows move among them. */
export function LayoutPicker({ layout }: { readonly layout: LayoutName }) {
  return (
    <fieldset className="segments">
      <legend className="hidden">Layout</legend>
      {LAYOUT_NAMES.map((name) => (
        <label key={name} title={LAYOUTS[name].words}>
          <input type="radio" name="layout" value={name} checked={name === layout} onChange={() => changeWall({ layout: name })} />
          <span><LayoutIcon name={name} /><span className="hidden">{LAYOUTS[name].words}</span></span>
        </label>
      ))}
    </fieldset>
  )
}
