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

/** Moves focus with the arrows among the `[data-cell]` elements inside the element it is bound to. */
export function moveInGrid(event: KeyboardEvent<HTMLElement>): void {
  const cells = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-cell]')]
  const at = cells.indexOf(event.target as HTMLElement)
  if (at === -1) return
  const step = stepOf(event.key, columnsOf(cells))
  const next = event.key === 'Home' ? cells[0] : event.key === 'End' ? cells.at(-1) : step === undefined ? undefined : cells[at + step]
  if (next === undefined) return
  event.preventDefault()
  next.focus()
}
