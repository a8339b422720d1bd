import type { SafeView } from '#protocols/http.ts'
import { useResource } from '../api/resource.ts'
import { useTick } from '../live/server-clock.ts'

/** How often it is looked whether a card on screen is safe to format, ms. @default 5000 */
export const SAFE_POLL_MS = 5_000
/** What was looked up longer ago is not known any more, ms. @default 15000 */
export const SAFE_FOR_MS = 3 * SAFE_POLL_MS

/** Whether a card is safe to format, as it is now. */
export interface Safe {
  /** As it was looked up a moment ago; undefined while that is not known. */
  readonly safe: SafeView | undefined
  /** Why it is not known though it was asked. */
  readonly why: string | undefined
}

/** Somebody formats a card on this: what could not be asked, or was asked a while ago, is not shown. */
export function useSafe(roll: string): Safe {
  const { data, error, receivedMs } = useResource<SafeView>(`/rolls/${encodeURIComponent(roll)}/safe`, SAFE_POLL_MS)
  useTick(SAFE_POLL_MS)
  if (error !== undefined) return { safe: undefined, why: error.message }
  return { safe: Date.now() - receivedMs < SAFE_FOR_MS ? data : undefined, why: undefined }
}
