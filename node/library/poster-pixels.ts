/** Widest side of a poster, in pixels. @default 640 */
export const POSTER_PIXELS = 640
