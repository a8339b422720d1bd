import { type FormEvent, useState } from 'react'
import type { CameraChange, CameraSettings, RecordView, RetentionView, WeekRangeView } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { Dialog } from '../design/dialog.tsx'
import { formatBytes, plural } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { toast } from '../design/toast.tsx'

const MODES = [
  { mode: 'continuous', name: 'Always', what: 'From the moment it is attached.' },
  { mode: 'scheduled', name: 'By the week', what: 'In the ranges below; outside of them nothing is missed.' },
  { mode: 'manual', name: 'By hand', what: 'From the start button to the stop button.' },
  { mode: 'motion', name: 'On motion', what: 'While something moves in the picture, with the seconds before and after it that you choose.' },
  { mode: 'off', name: 'Never', what: 'It can be watched live, and nothing is recorded.' }
] as const

const MASTERS = [
  { master: 'as-sent', name: 'As sent', what: 'What the camera sends, bit for bit, is the master.' },
  { master: 'prores', name: 'ProRes 422 HQ as well', what: 'A MOV with PCM sound is made of it, some 25 times as large, and put into the library.' },
  { master: 'ffv1', name: 'FFV1 as well', what: 'A Matroska file with FLAC sound: every decoded picture without loss, some 30 times as large.' }
] as const

/** Monday first, as the week is shown. */
const DAYS = [[1, 'Mon'], [2, 'Tue'], [3, 'Wed'], [4, 'Thu'], [5, 'Fri'], [6, 'Sat'], [0, 'Sun']] as const
const NEW_RANGE: WeekRangeView = { days: [1, 2, 3, 4, 5], from: '08:00', to: '18:00' }

function Week({ schedule, change }: { readonly schedule: readonly WeekRangeView[]; readonly change: (schedule: WeekRangeView[]) => void }) {
  const put = (at: number, range: WeekRangeView): void => change(schedule.map((each, i) => (i === at ? range : each)))
  return (
    <div className="stack">
      {schedule.map((range, at) => (
        <fieldset key={at} className="week-range" aria-label={`Range ${at + 1}`}>
          <div className="row wrap days">{DAYS.map(([day, name]) => (
            <label key={day} className="day"><input type="checkbox" checked={range.days.includes(day)} disabled={range.days.length === 1 && range.days.includes(day)} onChange={({ target }) => put(at, { ...range, days: target.checked ? [...range.days, day].sort((a, b) => a - b) : range.days.filter((each) => each !== day) })} />{name}</label>
          ))}<button type="button" className="button quiet icon" aria-label={`Remove range ${at + 1}`} disabled={schedule.length === 1} onClick={() => change(schedule.filter((_, i) => i !== at))}><Icon name="close" /></button></div>
          <div className="row">
            <input type="time" className="field" aria-label={`Range ${at + 1} from`} value={range.from} required onChange={({ target }) => put(at, { ...range, from: target.value })} />
            <span className="dim">to</span>
            <input type="time" className="field" aria-label={`Range ${at + 1} to`} value={range.to} required onChange={({ target }) => put(at, { ...range, to: target.value })} />
          </div>
          {range.to <= range.from ? <span className="small dim">until the next day</span> : null}
        </fieldset>
      ))}
      <button type="button" className="button add-range" disabled={schedule.length >= 50} onClick={() => change([...schedule, NEW_RANGE])}><Icon name="plus" />Another range</button>
    </div>
  )
}

function Seconds({ name, most, value, change }: { readonly name: string; readonly most: number; readonly value: number; readonly change: (value: number) => void }) {
  return (
    <label><span className="label">{name}</span>
      <span className="row"><input type="number" className="field num" min="0" max={most} step="any" required value={value} onChange={({ target }) => change(Number(target.value))} /><span className="dim">s</span></span>
    </label>
  )
}

function Limit({ name, unit, value, change }: { readonly name: string; readonly unit: string; readonly value: number | null; readonly change: (value: number | null) => void }) {
  return (
    <label><span className="label">{name}</span>
      <span className="row"><input type="number" className="field num" min="0.01" step="any" placeholder="no limit" value={value ?? ''} onChange={({ target }) => change(target.value === '' ? null : Number(target.value))} /><span className="dim">{unit}</span></span>
    </label>
  )
}

const isOther = (now: unknown, was: unknown): boolean => JSON.stringify(now) !== JSON.stringify(was)

/** When a camera is recorded, and how long its footage is kept. */
export function CameraSettingsDialog({ settings, onClose, onSaved }: { readonly settings: CameraSettings; readonly onClose: () => void; readonly onSaved: () => void }) {
  const [shown] = useState(settings) // others may change them meanwhile: what this person left alone stays as they set it
  const [record, setRecord] = useState<RecordView>(settings.record)
  const [retention, setRetention] = useState<RetentionView>(settings.retention)
  const [error, setError] = useState('')
  const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const choose = (mode: typeof MODES[number]['mode']): void => {
    const isFirst = mode === 'scheduled' && record.schedule.length === 0
    setRecord({ ...record, mode, ...(isFirst ? { schedule: [NEW_RANGE], timeZone: browserZone } : {}) })
  }
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    const { mode, schedule, timeZone, away, preRollSeconds, postRollSeconds, master } = record
    const change: CameraChange = { ...(isOther(retention, shown.retention) ? { retention } : {}), ...(isOther(record, shown.record) ? { record: { mode, away, master, ...(mode === 'scheduled' ? { schedule, timeZone } : {}), ...(mode === 'motion' ? { preRollSeconds, postRollSeconds } : {}) } } : {}) }
    try {
      if (Object.keys(change).length > 0) await api.patch(`/cameras/${encodeURIComponent(settings.id)}`, change)
      toast(`${settings.name}: saved.`)
      onSaved()
      onClose()
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure))
    }
  }
  return (
    <Dialog title={`Recording of ${settings.name}`} onClose={onClose}>
      <form className="stack camera-settings" onSubmit={(event) => void save(event)}>
        <fieldset className="stack modes"><legend className="label">When</legend>
          {MODES.map(({ mode, name, what }) => (
            <label key={mode} className="mode"><input type="radio" name="mode" checked={record.mode === mode} onChange={() => choose(mode)} /><span><strong>{name}</strong><br /><span className="small dim">{what}</span></span></label>
          ))}
        </fieldset>
        {record.mode === 'scheduled' ? <><Week schedule={record.schedule} change={(schedule) => setRecord({ ...record, schedule })} /><label><span className="label">On the clock of</span><input className="field" value={record.timeZone} maxLength={64} required onChange={({ target }) => setRecord({ ...record, timeZone: target.value })} /></label></> : null}
        {record.mode === 'motion' ? <div className="row limits">
          <Seconds name="Before it" most={60} value={record.preRollSeconds} change={(preRollSeconds) => setRecord({ ...record, preRollSeconds })} />
          <Seconds name="After it" most={3600} value={record.postRollSeconds} change={(postRollSeconds) => setRecord({ ...record, postRollSeconds })} />
        </div> : null}
        <fieldset className="stack modes"><legend className="label">Master</legend>
          {MASTERS.map(({ master, name, what }) => (
            <label key={master} className="mode"><input type="radio" name="master" checked={record.master === master} onChange={() => setRecord({ ...record, master })} /><span><strong>{name}</strong><br /><span className="small dim">{what}</span></span></label>
          ))}
        </fieldset>
        <label className="mode"><input type="checkbox" checked={record.away} onChange={({ target }) => setRecord({ ...record, away: target.checked })} /><span><strong>It is away</strong><br /><span className="small dim">No alarm while it is not attached; recorded as above when it is.</span></span></label>
        <fieldset className="stack"><legend className="label">How long its footage is kept</legend>
          <div className="row limits">
            <Limit name="Days" unit="days" value={retention.days} change={(days) => setRetention({ ...retention, days })} />
            <Limit name="With motion" unit="days" value={retention.motionDays} change={(motionDays) => setRetention({ ...retention, motionDays })} />
            <Limit name="Size" unit="GB" value={retention.gigabytes} change={(gigabytes) => setRetention({ ...retention, gigabytes })} />
          </div>
          <label className="mode"><input type="checkbox" checked={retention.whenFull === 'oldest'} onChange={({ target }) => setRetention({ ...retention, whenFull: target.checked ? 'oldest' : 'keep' })} /><span><strong>The oldest may go when the disks are full</strong><br /><span className="small dim">Otherwise all of it stays, and recording stops on full disks, with an alarm. What is kept for good never goes.</span></span></label>
          <span className="small dim num">Now {plural(settings.footage.hours, 'camera-hour')}, {formatBytes(settings.footage.bytes)} before copies.</span>
        </fieldset>
        {error === '' ? null : <p className="why" role="alert">{error}</p>}
        <div className="row spread save"><span className="small dim">Holds on every node.</span><button type="submit" className="button primary">Save</button></div>
      </form>
    </Dialog>
  )
}
