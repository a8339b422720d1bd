import { useEffect, useSyncExternalStore } from 'react'
import type { RingView } from '#protocols/http.ts'
import { connection, otherNodes, rememberOthers } from '../api/connection.ts'
import { useResource } from '../api/resource.ts'
import { Icon } from '../design/icon.tsx'
import { useUnlimited } from './use-may.ts'

/** How often the ring is looked at for the badge, ms. @default 15000 */
const RING_POLL_MS = 15_000

const HEALTH = { ok: { tone: 'ok', words: 'connected' }, degraded: { tone: 'warn', words: 'copies are missing' }, alone: { tone: 'warn', words: 'the only node' } } as const

/** Which node this page is from, and whether it answers. */
export function NodeBadge() {
  const { state, events } = useSyncExternalStore(connection.subscribe, connection.get)
  const { data: ring } = useResource<RingView>(useUnlimited('/ring'), RING_POLL_MS)
  useEffect(() => {
    if (ring !== undefined) rememberOthers(ring.members.filter(({ self, http, state }) => !self && http !== '' && state !== 'gone').map(({ name, http }) => ({ name, http })))
  }, [ring])
  const tone = state === 'down' ? 'bad' : state === 'connecting' || ring === undefined ? '' : HEALTH[ring.health].tone
  const line = state === 'down' ? 'does not answer' : state === 'connecting' ? 'connecting…' : !events ? 'connected, polling' : ring === undefined ? 'connected' : HEALTH[ring.health].words
  return (
    <div className="node-badge" title={ring === undefined ? undefined : `Node ${ring.name}, ring ${ring.ringId}`}>
      <span className={`dot ${tone}`} />
      <div className="cut"><strong className="cut">{ring?.name ?? 'Node'}</strong><span className="small dim cut">{line}</span></div>
    </div>
  )
}

/** When the node is silent: says so, and offers the other members' pages at the same address. */
export function AwayBanner() {
  const { state, node } = useSyncExternalStore(connection.subscribe, connection.get)
  if (state !== 'down') return null
  const others = otherNodes()
  return (
    <div className="banner" role="alert">
      <Icon name="alert" />
      <p>
        <strong>{node === '' ? 'This node' : node} does not answer.</strong> The page goes on by itself when it is back
        {others.length === 0 ? '; check that its machine is on.' : '. The ring goes on without it; open this page on '}
        {others.map(({ name, http }, at) => <span key={http}>{at > 0 ? ' or ' : ''}<a href={http.replace(/\/$/, '') + location.pathname}>{name}</a></span>)}
        {others.length === 0 ? null : '.'}
      </p>
    </div>
  )
}
