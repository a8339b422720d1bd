import { type KeyboardEvent, type PointerEvent, memo, useMemo } from 'react'
import type { RingView } from '#protocols/http.ts'
import { PARTITIONS, arcPath, colourOf, partitionAt, partitionName, tracksOf } from './ring-geometry.ts'

interface RingChartProps {
  readonly ring: RingView
  /** The member whose partitions stand out, as an index; null: none. */
  readonly member: number | null
  readonly partition: number | null
  readonly select: (partition: number | null) => void
}

const Arcs = memo(function Arcs({ partitions, member, away }: { readonly partitions: RingView['partitions']; readonly member: number | null; readonly away: string }) {
  const replicas = Math.max(1, ...partitions.map((owners) => owners.length))
  const tracks = tracksOf(replicas)
  const silent = new Set(away.split(',').filter((one) => one !== '').map(Number))
  return partitions.map((owners, partition) => owners.map((owner, at) => {
    const track = tracks[at]
    if (track === undefined) return null
    const isFaint = member !== null && member !== owner
    return <path key={`${partition}-${at}`} className={`arc ${colourOf(owner)} ${isFaint ? 'faint' : ''} ${silent.has(owner) ? 'away' : ''} ${at === 0 ? '' : 'replica'}`} d={arcPath(partition, track.inner, track.outer)} />
  }))
})

function Centre({ ring, partition }: { readonly ring: RingView; readonly partition: number | null }) {
  if (partition === null) {
    const alive = ring.members.filter((one) => one.alive).length
    return (
      <g className="centre" aria-hidden="true">
        <text y="-5" className="big">{alive} of {ring.members.length}</text>
        <text y="8">nodes answer</text>
        <text y="21" className="soft">{ring.replicas === 1 ? '1 copy' : `${ring.replicas} copies`} of everything</text>
      </g>
    )
  }
  const owners = ring.partitions[partition] ?? []
  return (
    <g className="centre" aria-hidden="true">
      <text y={-8 - owners.length * 3} className="soft">partition</text>
      <text y={6 - owners.length * 3} className="big">{partitionName(partition)}</text>
      {owners.map((owner, at) => <text key={owner} y={19 - owners.length * 3 + at * 10} className={`owner ${colourOf(owner)}`}>{ring.members[owner]?.name ?? '?'}</text>)}
    </g>
  )
}

/** The 256 partitions as a ring: the outer track is the first owner, the inner ones the replicas. Arrows walk round it. */
export function RingChart({ ring, member, partition, select }: RingChartProps) {
  const away = useMemo(() => ring.members.flatMap(({ alive }, at) => alive ? [] : [at]).join(','), [ring.members])
  const hole = tracksOf(Math.max(1, ...ring.partitions.map((owners) => owners.length))).at(-1)?.inner ?? 60
  const onMove = (event: PointerEvent<SVGSVGElement>): void => {
    const box = event.currentTarget.getBoundingClientRect()
    const scale = 204 / box.width
    select(partitionAt((event.clientX - box.left - box.width / 2) * scale, (event.clientY - box.top - box.height / 2) * scale, hole) ?? null)
  }
  const onKey = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, PageDown: 16, PageUp: -16 }[event.key]
    if (event.key === 'Escape') select(null)
    else if (event.key === 'Home') select(0)
    else if (event.key === 'End') select(PARTITIONS - 1)
    else if (step !== undefined) select(((partition ?? (step > 0 ? -1 : 0)) + step + PARTITIONS) % PARTITIONS)
    else return
    event.preventDefault()
  }
  const owners = partition === null ? [] : ring.partitions[partition] ?? []
  const words = partition === null ? 'no partition chosen' : `partition ${partitionName(partition)}: ${owners.map((owner) => ring.members[owner]?.name ?? '?').join(', then ')}`
  return (
    <svg className="ring-chart" viewBox="-102 -102 204 204" tabIndex={0} role="slider" aria-label="Partitions of the ring" aria-valuemin={0} aria-valuemax={PARTITIONS - 1} aria-valuenow={partition ?? 0} aria-valuetext={words}
      onPointerMove={onMove} onPointerDown={onMove} onPointerLeave={() => select(null)} onKeyDown={onKey} onBlur={() => select(null)}>
      <Arcs partitions={ring.partitions} member={member} away={away} />
      {partition === null ? null : <path className="arc-frame" d={arcPath(partition, hole - 1, 100.5)} />}
      <Centre ring={ring} partition={partition} />
    </svg>
  )
}
