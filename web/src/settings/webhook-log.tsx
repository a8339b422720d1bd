import type { DeliveryList } from '#protocols/http.ts'
import { useResource } from '../api/resource.ts'
import { formatMoment, plural } from '../design/format.ts'

/** How often deliveries on screen are looked at, ms. @default 1500 */
const POLL_MS = 1_500
const TONES = { sent: 'ok', waiting: 'warn', 'given up': 'bad' } as const

/** What this node sent to one address lately. */
export function WebhookLog({ path }: { readonly path: string }) {
  const { data, error } = useResource<DeliveryList>(`${path}/deliveries`, POLL_MS)
  if (data === undefined) return <p className="small dim" role="status">{error?.message ?? 'Looking…'}</p>
  if (data.deliveries.length === 0) return <p className="small dim" role="status">This node has sent it nothing since it started. Send a test to try the address; other nodes tell of their own calls.</p>
  return (
    <ul className="webhook-log" aria-label="Deliveries">
      {data.deliveries.map(({ id, topic, state, attempts, message, triedMs }) => (
        <li key={id} className="small"><span className="row wrap"><span className={`dot ${TONES[state]}`} /><strong>{state}</strong><code>{topic}</code><span className="dim num">{formatMoment(triedMs)}, {plural(attempts, 'try', 'tries')}</span></span><span className={`path ${state === 'sent' ? 'dim' : 'why'}`}>{message}</span></li>
      ))}
    </ul>
  )
}
