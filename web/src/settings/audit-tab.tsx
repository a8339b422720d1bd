import { useEffect, useState } from 'react'
import type { AuditEntry, AuditList } from '#protocols/http.ts'
import { queryOf } from '../api/client.ts'
import { useResource } from '../api/resource.ts'
import { formatMoment } from '../design/format.ts'
import { Notice, Unanswered } from '../design/notice.tsx'

/** Entries on a page. @default 100 */
const SHOWN = 100
/** Wait after the last key before the nodes are asked, ms: each of them looks through its log. @default 300 */
const CALM_MS = 300

const keyOf = ({ atMs, node, action, detail, who, address, status }: AuditEntry): string => [atMs, node, action, detail, who, address, status].join(' ')

/** Who did what, when and from where, on all nodes that answer. */
export function AuditTab() {
  const [text, setText] = useState('')
  const [sought, setSought] = useState('')
  const [before, setBefore] = useState<number>()
  useEffect(() => {
    if (text === sought) return
    const timer = setTimeout(() => {
      setSought(text)
      setBefore(undefined)
    }, CALM_MS)
    return () => clearTimeout(timer)
  }, [text, sought])
  const { data, error, refresh } = useResource<AuditList>(`/audit${queryOf({ text: sought, before, limit: SHOWN })}`)
  const oldest = data?.entries.at(-1)?.atMs
  return (
    <section className="stack" aria-label="Audit">
      <div className="row wrap">
        <input className="field" type="search" aria-label="Only entries with" placeholder="A name, an address, a word…" value={text} onChange={(event) => setText(event.target.value)} />
        {before === undefined ? null : <button type="button" className="button" onClick={() => setBefore(undefined)}>Newest</button>}
        {data !== undefined && data.entries.length === SHOWN ? <button type="button" className="button" onClick={() => setBefore(oldest)}>Older</button> : null}
      </div>
      {data === undefined ? <Unanswered title="The audit log cannot be shown" error={error} retry={refresh} /> : null}
      {data === undefined || data.silent.length === 0 ? null : <p role="status">{data.silent.join(', ')} did not answer: what was done there is missing here.</p>}
      {data?.entries.length === 0 ? <Notice icon="people" title="Nothing here">Nobody did anything{sought === '' ? '' : ' in which this occurs'}.</Notice> : null}
      {data === undefined || data.entries.length === 0 ? null : (
        <div className="scroll" role="region" aria-label="Entries" tabIndex={0}>
          <table className="people-table">
            <thead><tr><th>When</th><th>Who</th><th>What</th><th>To</th><th>From</th><th>Node</th></tr></thead>
            <tbody>{data.entries.map((entry) => (
              <tr key={keyOf(entry)} className={entry.status >= 400 ? 'closed' : undefined}>
                <td className="num">{formatMoment(entry.atMs)}</td><td>{entry.who || entry.kind}</td><td>{entry.action}{entry.detail === undefined ? '' : `: ${entry.detail}`}{entry.count > 1 ? ` (${entry.count}×)` : ''}{entry.status >= 400 ? `, refused with ${entry.status}` : ''}</td>
                <td className="mono small">{entry.targets.join(' ')}</td><td className="num">{entry.address}</td><td>{entry.node}</td>
              </tr>
            ))}</tbody>
          </table>
        </div>
      )}
    </section>
  )
}
