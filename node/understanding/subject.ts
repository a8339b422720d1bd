/** What is understood: an asset of the library, or what a camera recorded. */
import type { AssetId, CameraId } from '#protocols/ids.ts'

export type Subject = { readonly kind: 'asset'; readonly id: AssetId } | { readonly kind: 'camera'; readonly id: CameraId }

/** Milliseconds from the beginning of an asset; Unix ms for a camera. A picture is from 0 to 0. */
export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

/** One word for it, for maps and file names. */
export const subjectKey = ({ kind, id }: Subject): string => `${kind}:${id}`
