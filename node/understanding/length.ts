import type { Asset } from '#ring'

/** What a picture counts, in ms. @default 1000 */
export const PICTURE_MS = 1_000

/** How much there is to understand in an asset, in ms: films and sound as they last. */
export const lengthOf = ({ kind, probe }: Pick<Asset['facts'], 'kind' | 'probe'>): number => kind === 'image' ? PICTURE_MS : Math.max(0, probe.durationMs ?? 0)
