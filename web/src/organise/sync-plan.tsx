import type { JobView } from '#protocols/http.ts'
import { plural } from '../design/format.ts'

/** Paths named in full before the rest is counted. @default 20 */
const NAMED = 20

/** What a dry run found: files that would be put there, removed, or left alone. */
export function SyncPlan({ job: { state, results, report = {}, error } }: { readonly job: JobView }) {
  if (state === 'running' || state === 'paused') return <p className="small dim" role="status">It is looked through…</p>
  if (error !== null) return <p className="why" role="alert">{error}</p>
  const count = (name: string): number => Number(report[name] ?? 0)
  const parts = [`${plural(count('placed'), 'file')} would be put there`, count('same') > 0 ? `${count('same')} are there already` : '', count('removed') > 0 ? `${count('removed')} would be removed` : '', count('kept') > 0 ? `${count('kept')} would be kept` : '', count('failed') > 0 ? `${count('failed')} would fail` : '']
  return (
    <div className="stack" role="status">
      <p><strong className="num">{parts.filter((part) => part !== '').join(', ')}.</strong></p>
      {results.length === 0 ? null : (
        <details className="small">
          <summary>Which files</summary>
          <ul className="stack">{results.slice(0, NAMED).map(({ path, reason }) => <li key={path}><code className="path">{path}</code>{reason === null ? null : <span className="dim"> {reason}</span>}</li>)}</ul>
          {results.length > NAMED ? <p className="dim">and {(results.length - NAMED).toLocaleString('en')} more</p> : null}
        </details>
      )}
    </div>
  )
}
