import { type FormEvent, useEffect, useRef, useState } from 'react'
import type { CameraDevice, DeviceControlView, DeviceModeView, DeviceSettings } from '#protocols/http.ts'
import { useResource } from '../api/resource.ts'
import { Icon } from '../design/icon.tsx'

/** What a camera is set to may change by itself, ms. */
const DEVICE_POLL_MS = 5_000

/** Resolves with whether it was done. */
type Set = (change: DeviceSettings) => Promise<boolean>

/** What a V4L2 camera itself sends, and its controls, as its device lists them. */
export function DeviceSettingsForm({ path, busy, set }: { readonly path: string; readonly busy: boolean; readonly set: Set }) {
  const { data, refresh } = useResource<CameraDevice>(`${path}/device`, DEVICE_POLL_MS)
  if (data === undefined) return null
  if (data.device === null) return <p className="small dim">What its device can be set to is shown when it is plugged in and its machine is connected.</p>
  const { device: { name, source, modes, controls, now }, settings } = data
  const setAndLook: Set = async (change) => {
    const done = await set(change)
    refresh()
    return done
  }
  return (
    <section className="stack device" aria-label="Device">
      <h3>{name} <span className="small dim mono">{source}</span></h3>
      {modes.length === 0 ? null : <Mode key={JSON.stringify(settings)} modes={modes} now={now} settings={settings} busy={busy} set={setAndLook} />}
      {controls.length === 0 ? <p className="small dim">Its controls are not known: install v4l-utils (v4l2-ctl) on its machine.</p> : (
        <div className="controls">{controls.map((control) => <Control key={control.name} control={control} set={(value) => setAndLook({ controls: { [control.name]: value } })} />)}</div>
      )}
    </section>
  )
}

interface ModeProps {
  readonly modes: readonly DeviceModeView[]
  readonly now: DeviceModeView | null
  readonly settings: DeviceSettings
  readonly busy: boolean
  readonly set: Set
}

const sizeOf = ({ width, height }: Pick<DeviceModeView, 'width' | 'height'>): string => `${width}x${height}`
const different = (values: readonly string[]): string[] => [...new Set(values)]

/** Only what goes together can be chosen. */
function Mode({ modes, now, settings, busy, set }: ModeProps) {
  const [format, setFormat] = useState(settings.format ?? '')
  const [size, setSize] = useState(settings.width === undefined || settings.height === undefined ? '' : `${settings.width}x${settings.height}`)
  const [fps, setFps] = useState(String(settings.fps ?? ''))
  const ofFormat = modes.filter((mode) => format === '' || mode.format === format)
  const ofSize = ofFormat.filter((mode) => size === '' || sizeOf(mode) === size)
  const range = ofSize.find(({ anyRate }) => anyRate)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    const [width, height] = size.split('x').map(Number)
    void set({ format: format || 'auto', ...(size === '' ? {} : { width, height }), ...(fps === '' ? {} : { fps: Number(fps) }) })
  }
  return (
    <form className="stack" onSubmit={submit}>
      <div className="row limits">
        <label><span className="label">Format</span>
          <Choices value={format} none="chosen by itself" values={different(modes.map((mode) => mode.format))} change={(value) => { setFormat(value); setSize(''); setFps('') }} />
        </label>
        <label><span className="label">Size it sends</span>
          <Choices value={size} none="as it is" values={different(ofFormat.map(sizeOf))} change={(value) => { setSize(value); setFps('') }} />
        </label>
        <label><span className="label">Pictures a second it sends</span>
          {range === undefined
            ? <Choices value={fps} none="as it is" values={different(ofSize.flatMap((mode) => mode.fps.map(String)))} change={setFps} />
            : <input type="number" className="field num" min={Math.min(...range.fps)} max={Math.max(...range.fps)} step="any" placeholder="as it is" value={fps} onChange={({ target }) => setFps(target.value)} />}
        </label>
      </div>
      <div className="row spread"><span className="small dim">{now === null ? '' : `It sends ${now.format}, ${now.width}×${now.height}${now.fps[0] === undefined ? '' : ` at ${now.fps[0]}`} now. `}The ring remembers.</span><button type="submit" className="button" disabled={busy}>Set format</button></div>
    </form>
  )
}

function Choices({ value, none, values, change }: { readonly value: string; readonly none: string; readonly values: readonly string[]; readonly change: (value: string) => void }) {
  return <select className="field full" value={value} onChange={({ target }) => change(target.value)}><option value="">{none}</option>{values.map((each) => <option key={each}>{each}</option>)}</select>
}

/** Not held back while another is being set: whoever leaves a slider for a switch would find that dead. */
interface ControlProps {
  readonly control: DeviceControlView
  readonly set: (value: number) => Promise<boolean>
}

/** `white_balance_automatic` as people read it. */
const wordsOf = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1).replaceAll('_', ' ')}`

/** One control with the input that its kind asks for, and the way back to its default. */
function Control({ control, set }: ControlProps) {
  const { name, value, defaultValue, locked } = control
  return (
    <>
      <span className={locked ? 'dim' : ''} title={locked ? 'It can not be set now: it is only read, or another control governs it.' : name}>{wordsOf(name)}</span>
      <Input control={control} set={set} />
      <button type="button" className="button quiet icon" aria-label={`${wordsOf(name)} back to ${defaultValue}`} title={`Back to ${defaultValue}`} disabled={locked || value === defaultValue} onClick={() => void set(defaultValue)}><Icon name="turn" /></button>
    </>
  )
}

function Input({ control, set }: ControlProps) {
  const { name, kind, value, choices, locked } = control
  if (kind === 'switch') return <input type="checkbox" role="switch" aria-label={wordsOf(name)} checked={value === 1} disabled={locked} onChange={({ target }) => void set(target.checked ? 1 : 0)} />
  if (kind === 'menu') return <select className="field full" aria-label={wordsOf(name)} value={value} disabled={locked} onChange={({ target }) => void set(Number(target.value))}>{choices.map((choice) => <option key={choice.value} value={choice.value}>{choice.label}</option>)}</select>
  return <Slider control={control} set={set} />
}

/** Set when it is let go, not while it moves. */
function Slider({ control: { name, min, max, step, value, locked }, set }: ControlProps) {
  const [draft, setDraft] = useState(value)
  const sent = useRef(value)
  useEffect(() => {
    sent.current = value
    setDraft(value)
  }, [value])
  const commit = async (): Promise<void> => {
    if (draft === sent.current) return
    sent.current = draft
    if (await set(draft)) return
    sent.current = value
    setDraft(value)
  }
  const range = { min, max, step: Math.max(1, step), value: draft, disabled: locked, onChange: ({ target }: { target: HTMLInputElement }) => setDraft(Number(target.value)), onBlur: () => void commit() }
  return (
    <span className="row">
      <input type="range" aria-label={wordsOf(name)} {...range} onPointerUp={() => void commit()} onKeyUp={() => void commit()} />
      <input type="number" className="field num" aria-label={`${wordsOf(name)}, ${min} to ${max}`} {...range} onKeyDown={({ key }) => { if (key === 'Enter') void commit() }} />
    </span>
  )
}
