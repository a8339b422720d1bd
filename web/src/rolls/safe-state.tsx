import type { SafeView } from '#protocols/http.ts'
import { plural } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import type { Safe } from './use-safe.ts'

/** The state in a few words. */
export function safeWords({ safe, why }: { readonly safe: Pick<SafeView, 'safe'> | undefined; readonly why?: string | undefined }): string {
  if (safe === undefined) return why === undefined ? 'Being looked at' : 'Not known now'
  return safe.safe ? 'Safe to format' : 'Not safe to format'
}

/** What the state stands on, in a sentence. */
const groundOf = ({ rule, files, safeFiles }: SafeView): string =>
  `${safeFiles} of ${plural(files, 'file')} verified on ${plural(rule.nodes, 'node')} in ${plural(rule.zones, 'zone')}, looked up now`

/** The one thing people look for, large, and why it is not so when it is not. */
export function SafeState({ state }: { readonly state: Safe }) {
  const { safe, why } = state
  const tone = safe === undefined ? '' : safe.safe ? 'safe' : 'unsafe'
  return (
    <section className={`card safe-state ${tone}`} aria-label="Safe to format" aria-live="polite" data-safe={safe === undefined ? 'unknown' : String(safe.safe)}>
      <div className="row wrap"><Icon name={safe?.safe === true ? 'check' : 'alert'} /><strong>{safeWords(state)}</strong></div>
      {why === undefined ? null : <p className="why">{why}</p>}
      {safe === undefined ? null : <p className="dim num">{groundOf(safe)}</p>}
      {safe === undefined || safe.reasons.length === 0 ? null : <ul>{safe.reasons.map((reason) => <li key={reason}>{reason}</li>)}</ul>}
    </section>
  )
}

/** Which nodes hold how many of the files, read back from their disks. */
export function SafeNodes({ safe }: { readonly safe: SafeView }) {
  if (safe.nodes.length === 0) return null
  return (
    <table className="roll-nodes">
      <caption>Verified on</caption>
      <thead><tr><th scope="col">Node</th><th scope="col">Zone</th><th scope="col">Whole files, read back</th></tr></thead>
      <tbody>
        {safe.nodes.map(({ node, zone, alive, files }) => (
          <tr key={node}><td><span className={`dot ${alive ? 'ok' : 'bad'}`} /> {node}{alive ? '' : ' (silent)'}</td><td>{zone === '' ? 'none' : zone}</td><td className="num">{files} of {safe.files}</td></tr>
        ))}
      </tbody>
    </table>
  )
}
