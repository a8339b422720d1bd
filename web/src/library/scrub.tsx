import { useState } from 'react'
import { API } from '../api/client.ts'

/** How a sprite is laid out: ten small pictures side by side, each 160 x 90. */
const COLUMNS = 10
const TILE_HEIGHT = 90

/** Address of the sheet of small pictures of a film. */
export const spriteOf = (id: string): string => `${API}/assets/${encodeURIComponent(id)}/sprite`

/** Which small picture is shown at a share of the width, as a CSS position; a sheet has whole rows. */
export function placeOf(share: number, rows: number): { readonly position: string; readonly size: string } {
  const count = rows * COLUMNS
  const at = Math.min(count - 1, Math.max(0, Math.floor(share * count)))
  const across = ((at % COLUMNS) / (COLUMNS - 1)) * 100
  const down = rows === 1 ? 0 : (Math.floor(at / COLUMNS) / (rows - 1)) * 100
  return { position: `${across}% ${down}%`, size: `${COLUMNS * 100}% ${rows * 100}%` }
}

/** Lies over a film's poster: moving the pointer across it runs through the film. Touch and keyboard lose nothing: the clip's page plays it. */
export function Scrub({ id }: { readonly id: string }) {
  const [rows, setRows] = useState<number | 'none'>()
  const [share, setShare] = useState<number>()
  const begin = (): void => {
    if (rows !== undefined) return
    const sheet = new Image()
    sheet.addEventListener('load', () => setRows(Math.max(1, Math.round(sheet.naturalHeight / TILE_HEIGHT))))
    sheet.addEventListener('error', () => setRows('none'))
    sheet.src = spriteOf(id)
  }
  const place = share === undefined || typeof rows !== 'number' ? undefined : placeOf(share, rows)
  return (
    <div className="scrub" data-scrub={place === undefined ? '' : place.position} aria-hidden="true" onPointerEnter={begin} onPointerLeave={() => setShare(undefined)}
      onPointerMove={(event) => { const { left, width } = event.currentTarget.getBoundingClientRect(); if (event.pointerType === 'mouse') setShare((event.clientX - left) / width) }}
      style={place === undefined ? undefined : { backgroundImage: `url("${spriteOf(id)}")`, backgroundPosition: place.position, backgroundSize: place.size }}>
      {share === undefined || place === undefined ? null : <i style={{ left: `${share * 100}%` }} />}
    </div>
  )
}
