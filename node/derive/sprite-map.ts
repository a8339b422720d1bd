/** How a sprite is laid out: the same for everybody, so that its length in seconds says all. */

/** Of one small picture, in pixels; a film of another shape lies between black bars. @default 160 x 90 */
export const TILE_WIDTH = 160
export const TILE_HEIGHT = 90
/** Small pictures side by side. @default 10 */
export const SPRITE_COLUMNS = 10
/** Rows at most. @default 10 */
export const SPRITE_ROWS = 10
/** A small picture for every so many seconds, as long as there are rows. @default 2 */
export const SECONDS_PER_TILE = 2

/** Small pictures of a film this long: whole rows of them. */
export function spriteCount(seconds: number): number {
  return Math.min(SPRITE_ROWS, Math.max(1, Math.ceil(seconds / SECONDS_PER_TILE / SPRITE_COLUMNS))) * SPRITE_COLUMNS
}

/** WebVTT that names the part of the sheet for each stretch of the film, as players want it. */
export function spriteVtt(seconds: number, sheet: string): string {
  const count = spriteCount(seconds)
  const cues = Array.from({ length: count }, (_, i) => {
    const place = `${(i % SPRITE_COLUMNS) * TILE_WIDTH},${Math.floor(i / SPRITE_COLUMNS) * TILE_HEIGHT},${TILE_WIDTH},${TILE_HEIGHT}`
    return `${clock((i / count) * seconds)} --> ${clock(((i + 1) / count) * seconds)}\n${sheet}#xywh=${place}\n`
  })
  return `WEBVTT\n\n${cues.join('\n')}`
}

function clock(seconds: number): string {
  const ms = Math.round(seconds * 1000)
  const two = (value: number, digits = 2): string => String(Math.floor(value)).padStart(digits, '0')
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}.${two(ms % 1000, 3)}`
}
