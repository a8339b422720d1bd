import { Link } from 'wouter'
import type { CoverageView } from '#protocols/http.ts'
import { Icon } from '../design/icon.tsx'
import { useSession } from '../shell/account-menu.tsx'

/** What is off, a line each, and the way to turn it on for whoever may; `notes` are what is left out and can not be turned on. */
export function OffList({ off, notes = [] }: { readonly off: readonly string[]; readonly notes?: readonly string[] }) {
  const isAdmin = useSession()?.role === 'admin'
  if (off.length + notes.length === 0) return null
  return (
    <ul className="off-list small" aria-label={off.length === 0 ? 'What is left out' : 'What is off'}>
      {[...off, ...notes].map((each) => <li key={each}><Icon name="alert" /><span>{each}</span></li>)}
      {off.length === 0 ? null : <li>{isAdmin ? <Link href="/settings/models">Models and what they are used for</Link> : <span className="dim">An administrator can turn it on.</span>}</li>}
    </ul>
  )
}

/** How much of the library an answer is about. */
export function CoverageLine({ coverage }: { readonly coverage: CoverageView }) {
  const { understoodMs, totalMs, silent, text } = coverage
  const isWhole = silent.length === 0 && understoodMs >= totalMs
  return <p className="coverage small"><span className={`dot ${isWhole ? 'ok' : 'warn'}`} />{text}</p>
}
