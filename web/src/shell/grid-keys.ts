import type { KeyboardEvent } from 'react'

function columnsOf(items: readonly HTMLElement[]): number {
  const top = items[0]?.getBoundingClientRect().top
  const below = items.findIndex((item) => item.getBoundingClientRect().top !== top)
  return below === -1 ? items.length : below
}

function stepOf(key: string, columns: number): number | undefined {
  switch (key) {
    case 'ArrowLeft': return -1
    case 'ArrowRight': return 1
    case 'ArrowUp': return -columns
    case 'ArrowDown': return columns
    default: return undefined
  }
}

/** The `[data-cell]` element that an arrow, Home or End leads to from the one the key was pressed on, inside the element the handler is bound to. */
export function cellBeside(event: KeyboardEvent<HTMLElement>): HTMLElement | undefined {
  const cells = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-cell]')]
  const at = cells.indexOf(event.target as HTMLElement)
  if (at === -1) return undefined
  const step = stepOf(event.key, columnsOf(cells))
  return event.key === 'Home' ? cells[0] : event.key === 'End' ? cells.at(-1) : step === undefined ? undefined : cells[at + step]
}

/** Moves focus with the arrows among the `[data-cell]` elements inside the element it is bound to. */
export function moveInGrid(event: KeyboardEvent<HTMLElement>): void {
  const next = cellBeside(event)
  if (next === undefined) return
  event.preventDefault()
  next.focus()
}
