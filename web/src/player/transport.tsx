import { formatClock } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { type Conductor, type PlayerView, RATES } from './conductor.ts'
import { STEP_MS } from './transport-keys.ts'

interface TransportProps {
  readonly conductor: Conductor
  readonly player: PlayerView
  readonly nowMs: number
  /** Whether some camera can be watched live. */
  readonly canLive: boolean
  readonly muted: boolean
  readonly toggleSound: () => void
}

/** `14:03:07` and the day, where it is not today. */
function moment(ms: number, nowMs: number): string {
  const day = (at: number): string => new Date(at).toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })
  return day(ms) === day(nowMs) ? formatClock(ms) : `${day(ms)} ${formatClock(ms)}`
}

/** Play and pause, steps, rate, sound, and the way back to live. */
export function Transport({ conductor, player, nowMs, canLive, muted, toggleSound }: TransportProps) {
  const { mode, atMs, playing, rate, waiting } = player
  const isLive = mode === 'live'
  const idle = !isLive && atMs === null
  return (
    <div className="row wrap transport-keys">
      <button type="button" className="button icon" aria-label="Five seconds back" disabled={idle} onClick={() => conductor.step(-STEP_MS)}><Icon name="back5" /></button>
      <button type="button" className="button icon primary" aria-label={playing ? 'Pause' : 'Play'} disabled={idle} onClick={() => conductor.toggle()}><Icon name={playing ? 'pause' : 'play'} /></button>
      <button type="button" className="button icon" aria-label="Five seconds ahead" disabled={idle || isLive} onClick={() => conductor.step(STEP_MS)}><Icon name="ahead5" /></button>
      <button type="button" className={`button live-button ${isLive ? 'on' : ''}`} aria-pressed={isLive} disabled={!canLive && !isLive} title="Home" onClick={() => conductor.live()}><i />Live</button>
      <span className="clock num" data-playhead={atMs === null ? '' : Math.round(atMs)}>{isLive ? moment(nowMs, nowMs) : atMs === null ? '--:--:--' : moment(atMs, nowMs)}</span>
      <button type="button" className="button quiet icon" aria-label={muted ? 'Sound on' : 'Sound off'} title="M" onClick={toggleSound}><Icon name={muted ? 'muted' : 'sound'} /></button>
      <select className="field rate" aria-label="Speed" value={RATES.some((each) => each === rate) ? rate : 'other'} disabled={isLive} onChange={({ target }) => conductor.setRate(Number(target.value))}>
        {RATES.some((each) => each === rate) ? null : <option value="other">{rate}×</option>}
        {RATES.map((each) => <option key={each} value={each}>{each}×</option>)}
      </select>
      {waiting ? <span className="small dim" role="status">loading…</span> : null}
      {!isLive && atMs !== null && canLive ? <span className="small dim behind num">{behind(nowMs - atMs)}</span> : null}
    </div>
  )
}

function behind(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 120) return `${seconds} s behind live`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min behind live` : `${Math.round(seconds / 3600)} h behind live`
}
