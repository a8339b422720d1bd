import { useSession } from './account-menu.tsx'
import { type May, mayOf } from './may.ts'

export const useMay = (): May => mayOf(useSession())

/** A path that is closed to whoever sees some albums only: null for them, and until it is known who that is. */
export function useUnlimited(path: string): string | null {
  const session = useSession()
  return session === undefined || session.limited ? null : path
}
