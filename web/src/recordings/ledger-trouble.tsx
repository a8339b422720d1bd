import type { ApiError } from '../api/client.ts'

/** Says that nobody told what became of a day: its empty timeline must not read as if nothing had been recorded. */
export function LedgerTrouble({ error, retry }: { readonly error: ApiError; readonly retry: () => void }) {
  return <p className="small why" role="alert">What became of this day is not known: {error.message} <button type="button" className="link" onClick={retry}>Try again</button></p>
}
