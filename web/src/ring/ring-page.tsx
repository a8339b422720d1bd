import { useState } from 'react'
import type { RingView } from '#protocols/http.ts'
import { useResource } from '../api/resource.ts'
import { formatAge, plural } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { Failure } from '../design/notice.tsx'
import { useShortcuts, useTitle } from '../shell/shortcuts.ts'
import { useMay } from '../shell/use-may.ts'
import { AddDialog } from './add-dialog.tsx'
import { MemberCard } from './member-card.tsx'
import { Gone, Movement } from './movement.tsx'
import { RingChart } from './ring-chart.tsx'
import './ring.css'

/** How often the ring is asked for while it is on screen, ms. @default 4000 */
const RING_POLL_MS = 4000

/** As much of the ring's name as tells it from others; all of it is in the tip. @default 12 */
const ID_SHOWN = 12

const HEALTH = {
  ok: { tone: 'ok', words: 'Everything has all its copies' },
  degraded: { tone: 'warn', words: 'Degraded' },
  alone: { tone: 'warn', words: 'This node is alone: there is one copy of everything' }
} as const

function Health({ ring }: { readonly ring: RingView }) {
  const { tone, words } = HEALTH[ring.health]
  const { running, missingCopies, singleCopies, lastRunMs } = ring.repair
  const repair = missingCopies > 0
    ? `${plural(missingCopies, 'copy', 'copies')} missing${running ? ', being made now' : ', made as soon as a node can take them'}${singleCopies > 0 ? `; ${plural(singleCopies, 'chunk')} with one copy only` : ''}`
    : running ? 'checking the copies now' : lastRunMs > 0 ? `copies checked ${formatAge(Date.now() - lastRunMs)} ago` : 'copies not checked yet'
  return (
    <section className={`card health ${tone}`} aria-label="Health">
      <div className="row wrap"><span className={`dot ${tone}`} /><strong>{words}</strong><span className="dim">{repair}</span></div>
      {ring.reasons.length === 0 ? null : <ul>{ring.reasons.map((reason) => <li key={reason}>{reason}</li>)}</ul>}
      <p className="small dim">{plural(ring.replicas, 'copy', 'copies')} of everything, written to {plural(ring.writeQuorum, 'node')} before it counts as safe · ring <code title={ring.ringId}>{ring.ringId.slice(0, ID_SHOWN)}</code></p>
    </section>
  )
}

/** The ring: who belongs, who owns what, and whether everything is safe. */
export function RingPage() {
  useTitle('Ring')
  const { data: ring, error, refresh } = useResource<RingView>('/ring', RING_POLL_MS)
  const [member, setMember] = useState<number | null>(null)
  const [partition, setPartition] = useState<number | null>(null)
  const [adding, setAdding] = useState<'node' | 'peer' | null>(null)
  const { administer, edit } = useMay()
  useShortcuts({ Escape: () => setMember(null) })
  const owners = partition === null || ring === undefined ? [] : ring.partitions[partition] ?? []
  return (
    <div className="page">
      <div className="page-head">
        <div className="row wrap"><h1>Ring</h1>{ring === undefined ? null : <span className="dim">{plural(ring.members.length, 'node')}</span>}</div>
        <div className="row wrap">
          {administer ? <button type="button" className="button" onClick={() => setAdding('node')}><Icon name="plus" />Add a machine</button> : null}
          {edit ? <button type="button" className="button" onClick={() => setAdding('peer')}><Icon name="plus" />Add a camera</button> : null}
        </div>
      </div>
      {ring === undefined && error !== undefined ? <Failure title="The ring cannot be shown" error={error} retry={refresh} /> : null}
      {ring === undefined && error === undefined ? <div className="ring-page" aria-busy="true"><div className="skeleton ring-skeleton" /><div className="stack"><div className="skeleton member-skeleton" /><div className="skeleton member-skeleton" /></div></div> : null}
      {ring === undefined ? null : (
        <>
          <Health ring={ring} />
          <Movement ring={ring} />
          <div className="ring-page">
            <div className="card ring-box">
              <RingChart ring={ring} member={member} partition={partition} select={setPartition} />
              <p className="small dim">Every clip, recording and camera belongs to one of 256 partitions. The outer track is its first owner, the inner ones hold the other copies.</p>
            </div>
            <div>
              <ul className="members" aria-label="Members">
                {ring.members.map((one, index) => <MemberCard key={one.peerId} member={one} index={index} lit={member === index || owners.includes(index)} pressed={member === index} nowMs={Date.now()} choose={() => setMember(member === index ? null : index)} />)}
              </ul>
              <Gone gone={ring.gone} />
            </div>
          </div>
        </>
      )}
      {adding === null ? null : <AddDialog role={adding} onClose={() => setAdding(null)} />}
    </div>
  )
}
