import type { RingView } from '#protocols/http.ts'

/** What is on its way while nodes come, leave or change their share; nothing when the ring is at rest. */
export function Movement({ ring: { layout: { version, older, moved, partitions }, members } }: { readonly ring: RingView }) {
  const leaving = members.filter(({ state }) => state === 'draining').map(({ name }) => name)
  if (older.length === 0 && leaving.length === 0) return null
  return (
    <section className="card movement" aria-label="Movement">
      <div className="row wrap">
        <strong className="num">Layout {older[0] ?? version} → {version}: {moved} of {partitions} partitions moved</strong>
        {leaving.length === 0 ? null : <span className="dim">{leaving.join(', ')} {leaving.length === 1 ? 'leaves' : 'leave'} when the others hold everything</span>}
      </div>
      <div className="bar" role="progressbar" aria-label="Partitions moved" aria-valuenow={moved} aria-valuemin={0} aria-valuemax={partitions}><i style={{ width: `${moved / partitions * 100}%` }} /></div>
    </section>
  )
}

/** Who belonged once. */
export function Gone({ gone }: Pick<RingView, 'gone'>) {
  if (gone.length === 0) return null
  return <p className="small dim gone">No longer of the ring: {gone.map(({ name }) => name).join(', ')}. A new invite lets a machine in again.</p>
}
