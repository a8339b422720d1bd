import type { AlarmList, AlarmView } from '#protocols/http.ts'
import { useResource } from '../api/resource.ts'
import { formatAge } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { useUnlimited } from './use-may.ts'

/** How often alarms are asked for when no hint comes, ms. @default 15000 */
const ALARM_POLL_MS = 15_000

function Alarm({ alarm, nowMs }: { readonly alarm: AlarmView; readonly nowMs: number }) {
  return <span>{alarm.message} <span className="since num">For {formatAge(Math.max(0, nowMs - alarm.sinceMs))}.</span></span>
}

/** What a person should know of, on every page: the gravest alarm in full, the others one touch away; nothing when there is none. */
export function AlarmBanner() {
  const { data } = useResource<AlarmList>(useUnlimited('/alarms'), ALARM_POLL_MS)
  const [first, ...others] = data?.alarms ?? []
  if (data === undefined || first === undefined) return null
  return (
    <section className={`banner alarms ${first.severity}`} aria-label="Alarms" role={first.severity === 'critical' ? 'alert' : 'status'}>
      <Icon name="alert" />
      {others.length === 0 ? <p><Alarm alarm={first} nowMs={data.nowMs} /></p> : (
        <details>
          <summary><Alarm alarm={first} nowMs={data.nowMs} /> <span className="more">{others.length === 1 ? 'One more' : `${others.length} more`}</span></summary>
          <ul>{others.map((alarm) => <li key={`${alarm.key} ${alarm.message}`}><span className={`dot ${alarm.severity === 'critical' ? 'bad' : 'warn'}`} /><Alarm alarm={alarm} nowMs={data.nowMs} /></li>)}</ul>
        </details>
      )}
    </section>
  )
}
