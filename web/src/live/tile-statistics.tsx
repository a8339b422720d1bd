import { formatBitRate } from '../design/format.ts'
import type { ViewerStats } from './viewer-stats.ts'

const NOTHING = '–'

/** What a small tile has no room for. */
const MINOR = new Set(['Codec', 'Latency', 'Round trip', 'Jitter', 'Buffer'])

const ms = (value: number | null): string => value === null ? NOTHING : `${value} ms`

function rowsOf(stats: ViewerStats): readonly (readonly [string, string])[] {
  return [
    ['Picture', stats.width > 0 ? `${stats.width}×${stats.height}` : NOTHING],
    ['Frames', stats.framesPerSecond > 0 ? `${stats.framesPerSecond} fps` : NOTHING],
    ['Rate', stats.bitsPerSecond > 0 ? formatBitRate(stats.bitsPerSecond) : NOTHING],
    ['Codec', stats.codec === '' ? NOTHING : stats.codec],
    ['Latency', ms(stats.latencyMs)],
    ['Round trip', ms(stats.roundTripMs)],
    ['Jitter', ms(stats.jitterMs)],
    ['Buffer', ms(stats.jitterBufferMs)],
    ['Lost', `${stats.packetsLost} packets`],
    ['Freezes', stats.freezes === 0 ? '0' : `${stats.freezes}, ${(stats.frozenMs / 1000).toFixed(1)} s`]
  ]
}

/** The connection of one tile in numbers, over its picture. */
export function TileStatistics({ stats }: { readonly stats: ViewerStats }) {
  return (
    <dl className="tile-statistics num" aria-label="Statistics">
      {rowsOf(stats).map(([name, value]) => <div key={name} className={MINOR.has(name) ? 'minor' : undefined}><dt>{name}</dt><dd>{value}</dd></div>)}
    </dl>
  )
}
