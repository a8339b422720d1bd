import type { TakeAngleView } from '#protocols/http.ts'
import { posterOf } from '../library/poster.tsx'
import { thumbnailUrl } from '../player/thumbnail-loader.ts'

/** The picture that stands for a recording, when there is one. */
export function pictureOf({ recording, footage, hasPoster }: Pick<TakeAngleView, 'recording' | 'footage' | 'hasPoster'>): string | undefined {
  if (footage !== null) return thumbnailUrl(footage.camera, footage.fromMs)
  return hasPoster ? posterOf(recording) : undefined
}
