import type { PackageReport } from '#protocols/http.ts'
import { plural } from '../design/format.ts'

/** What a package changes, or changed: numbers first, then every row that was passed over and why. */
export function Report({ report: { rows, matched, changed, dryRun, problems, problemCount, albumsMade } }: { readonly report: PackageReport }) {
  return (
    <div className="stack" role="status">
      <p><strong>{dryRun ? changed === 0 ? 'Nothing would change.' : `${plural(changed, 'clip')} would change.` : changed === 0 ? 'Nothing had to be changed.' : `${plural(changed, 'clip')} changed.`}</strong></p>
      <p className="small dim num">{plural(rows, 'row')}, {matched.toLocaleString('en')} of them found in the library{albumsMade.length === 0 ? '' : ` · ${dryRun ? 'would make' : 'made'} ${plural(albumsMade.length, 'album')}: ${albumsMade.join(', ')}`}</p>
      {problemCount === 0 ? null : (
        <details className="small" open={problems.length <= 5}>
          <summary>{plural(problemCount, 'row')} passed over</summary>
          <ul className="stack">{problems.map(({ row, name, reason }) => <li key={`${row} ${name}`}>{row === 0 ? '' : `Row ${row}, `}<code className="path">{name}</code>: <span className="why">{reason}</span></li>)}</ul>
          {problemCount > problems.length ? <p className="dim">and {(problemCount - problems.length).toLocaleString('en')} more</p> : null}
        </details>
      )}
    </div>
  )
}
