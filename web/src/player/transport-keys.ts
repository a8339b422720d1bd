import type { Shortcuts } from '../shell/shortcuts.ts'

/** How far the arrow keys and the buttons go, ms. @default 5000 */
export const STEP_MS = 5_000
/** How far the arrow keys go with Shift, ms. @default 1000 */
export const SHORT_STEP_MS = 1_000
/** Most that J and L speed up to. @default 8 */
export const MOST_RATE = 8
/** Pictures in a second where nobody knows how many there are. @default 25 */
export const FRAMES_PER_SECOND = 25

/** How long a picture lasts, ms. */
export const frameMsOf = (framesPerSecond: number | null | undefined): number => 1000 / (framesPerSecond || FRAMES_PER_SECOND)

/** What the keys of an editor drive: many cameras in step, or one clip. */
export interface Deck {
  toggle(): void
  pause(): void
  /** Forwards or backwards; again for twice the speed. */
  shuttle(direction: 1 | -1): void
  step(byMs: number): void
  /** One picture, which lasts so long, ahead or back, and stand still. */
  frame(byMs: number): void
}

/** Space, J K L, arrows, comma and full stop for single pictures of `frameMs`. */
export function transportKeys(deck: Deck, frameMs: number): Shortcuts {
  return {
    ' ': () => deck.toggle(),
    k: () => deck.pause(),
    l: () => deck.shuttle(1),
    j: () => deck.shuttle(-1),
    ArrowLeft: ({ shiftKey }) => deck.step(shiftKey ? -SHORT_STEP_MS : -STEP_MS),
    ArrowRight: ({ shiftKey }) => deck.step(shiftKey ? SHORT_STEP_MS : STEP_MS),
    ',': () => deck.frame(-frameMs),
    '.': () => deck.frame(frameMs)
  }
}
