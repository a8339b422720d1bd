import type { RingMember } from '#protocols/http.ts'
import { formatAge, formatBytes, plural } from '../design/format.ts'
import { colourOf } from './ring-geometry.ts'

interface MemberCardProps {
  readonly member: RingMember
  readonly index: number
  /** Stands out: chosen, or an owner of the partition that is pointed at. */
  readonly lit: boolean
  readonly pressed: boolean
  readonly nowMs: number
  readonly choose: () => void
}

/** The share of a disk from which its bar turns amber, 0..1. @default 0.85 */
const FULL_SHARE = 0.85

/** What is said of a disk that is not well. */
const DISK_WORDS: Readonly<Record<string, string>> = {
  low: 'nearly full', full: 'full: takes no more', 'read-only': 'read-only: takes no more', slow: 'slow: passed over', failing: 'failing: passed over'
}

function standing({ state, alive, lastHeardMs, self }: RingMember, nowMs: number): string {
  if (state === 'gone') return 'has left the ring'
  const line = self ? 'this node' : alive ? 'answers' : lastHeardMs > 0 ? `silent for ${formatAge(nowMs - lastHeardMs)}` : 'not heard of yet'
  return state === 'draining' ? `${line}, handing over its parts` : line
}

/** One member: whether it answers, how full it is, what it owns. Choosing it lights its partitions up. */
export function MemberCard({ member, index, lit, pressed, nowMs, choose }: MemberCardProps) {
  const { name, zone, alive, usedBytes, freeBytes, chunks, partitions, http, self, acceptsWrites, disk, addresses, peerId } = member
  const share = usedBytes + freeBytes > 0 ? usedBytes / (usedBytes + freeBytes) : 0
  return (
    <li className={`card member ${lit ? 'lit' : ''}`} data-member={name}>
      <button type="button" className="member-head" aria-pressed={pressed} onClick={choose}>
        <span className={`swatch ${colourOf(index)}`} />
        <strong className="cut">{name}</strong>
        <span className="row small cut"><span className={`dot ${alive ? 'ok' : 'bad'}`} /><span className={alive ? 'dim cut' : 'why cut'}>{standing(member, nowMs)}</span></span>
      </button>
      <div className="member-body small">
        <div className={`bar ${share > FULL_SHARE ? 'warn' : ''}`} role="img" aria-label={`${Math.round(share * 100)} % of its disk is used`}><i style={{ width: `${Math.max(share * 100, 0.5)}%` }} /></div>
        <div className="row spread dim num wrap"><span>{formatBytes(usedBytes)} used, {formatBytes(freeBytes)} free</span>{!alive || DISK_WORDS[disk] === undefined ? null : <span className={acceptsWrites ? 'warn-text' : 'why'}>{DISK_WORDS[disk]}</span>}</div>
        <div className="row spread dim num wrap"><span>{plural(chunks, 'chunk')} · {partitions} of 256 partitions</span><span>{zone === '' ? '' : `zone ${zone}`}</span></div>
        <details>
          <summary className="dim">Addresses</summary>
          <ul className="mono addresses"><li>{peerId}</li>{addresses.map((address) => <li key={address}>{address}</li>)}</ul>
        </details>
        {self || http === '' ? null : <a href={`${http.replace(/\/$/, '')}/ring`}>Open {name}’s page</a>}
      </div>
    </li>
  )
}
