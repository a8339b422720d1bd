import { type ReactNode, type RefObject, useId } from 'react'
import { Icon } from '../../design/icon.tsx'
import { toast } from '../../design/toast.tsx'
import { Legend } from './legend.tsx'
import { MASKS, type Mask, NO_OVERLAYS, PEAKING_COLOURS, type PeakingColour, SCOPES, ZEBRA_IRE, hasOverlays } from './overlay-settings.ts'
import { copyOverlays, useOverlays } from './overlay-store.ts'
import { placeBeside } from './place-beside.ts'

interface PanelProps {
  readonly id: string
  readonly camera: { readonly id: string; readonly name: string }
  /** Every camera, for those who want the same on all. */
  readonly everyone: readonly string[]
  readonly tile: RefObject<HTMLElement | null>
}

function Switch({ label, on, set, children }: { readonly label: string; readonly on: boolean; readonly set: (on: boolean) => void; readonly children?: ReactNode }) {
  return (
    <div>
      <label className="switch"><input type="checkbox" role="switch" checked={on} onChange={({ target }) => set(target.checked)} />{label}</label>
      {on && children !== undefined ? <div className="setting-more">{children}</div> : null}
    </div>
  )
}

function Slider({ label, unit, min, max, value, set }: { readonly label: string; readonly unit: string; readonly min: number; readonly max: number; readonly value: number; readonly set: (value: number) => void }) {
  return (
    <label className="slider"><span className="small dim">{label}</span><input type="range" min={min} max={max} value={value} onChange={({ target }) => set(target.valueAsNumber)} /><output className="num small">{value}{unit}</output></label>
  )
}

interface ChoiceProps<T extends string> { readonly label: string; readonly choices: readonly T[]; readonly value: T; readonly set: (value: T) => void; readonly swatch?: (choice: T) => string }

function Choice<T extends string>({ label, choices, value, set, swatch }: ChoiceProps<T>) {
  const name = useId()
  return (
    <fieldset className="choice">
      <legend className="small dim">{label}</legend>
      {choices.map((choice) => (
        <label key={choice} title={choice}>
          <input type="radio" name={name} checked={choice === value} onChange={() => set(choice)} />
          {swatch === undefined ? <span>{choice}</span> : <span className="swatch"><i style={{ background: swatch(choice) }} /><span className="hidden">{choice}</span></span>}
        </label>
      ))}
    </fieldset>
  )
}

/** The overlays of one tile, in a panel above everything (full screen too) that Esc or a click beside it closes. */
export function OverlayPanel({ id, camera, everyone, tile }: PanelProps) {
  const [settings, change] = useOverlays(camera.id)
  const place = (panel: HTMLElement): void => {
    const { left, top } = placeBeside(tile.current?.getBoundingClientRect() ?? { left: 0, right: 0, top: 0 }, panel.getBoundingClientRect(), { width: innerWidth, height: innerHeight })
    panel.style.setProperty('--left', `${left}px`)
    panel.style.setProperty('--top', `${top}px`)
  }
  const copy = (): void => {
    copyOverlays(camera.id, everyone)
    toast(`Every camera now has the overlays of ${camera.name}.`)
  }
  return (
    <div id={id} className="overlay-panel" popover="auto" role="dialog" aria-label={`Overlays of ${camera.name}`} onToggle={(event) => { if (event.newState === 'open') place(event.currentTarget) }}>
      <header className="row spread">
        <h3 className="cut">Overlays · {camera.name}</h3>
        <button type="button" className="button quiet icon" popoverTarget={id} popoverTargetAction="hide" aria-label="Close"><Icon name="close" /></button>
      </header>
      <div className="settings">
        <Switch label="False colour" on={settings.falseColour} set={(falseColour) => change({ falseColour })}><Legend /></Switch>
        <Switch label="Zebra" on={settings.zebra} set={(zebra) => change({ zebra })}><Slider label="From" unit=" IRE" {...ZEBRA_IRE} value={settings.zebraIre} set={(zebraIre) => change({ zebraIre })} /></Switch>
        <Switch label="Second zebra" on={settings.secondZebra} set={(secondZebra) => change({ secondZebra })}><Slider label="Around" unit=" IRE" {...ZEBRA_IRE} value={settings.secondZebraIre} set={(secondZebraIre) => change({ secondZebraIre })} /></Switch>
        <Switch label="Focus peaking" on={settings.peaking} set={(peaking) => change({ peaking })}>
          <Slider label="Strength" unit=" %" min={0} max={100} value={settings.peakingStrength} set={(peakingStrength) => change({ peakingStrength })} />
          <Choice label="Colour" choices={Object.keys(PEAKING_COLOURS) as PeakingColour[]} value={settings.peakingColour} set={(peakingColour) => change({ peakingColour })} swatch={(colour) => `rgb(${PEAKING_COLOURS[colour].join(' ')})`} />
        </Switch>
        <Choice label="Scope" choices={SCOPES} value={settings.scope} set={(scope) => change({ scope })} />
        <div className="setting-row">
          <Switch label="Thirds" on={settings.thirds} set={(thirds) => change({ thirds })} />
          <Switch label="Centre" on={settings.centre} set={(centre) => change({ centre })} />
          <Switch label="Safe 93/90" on={settings.safe} set={(safe) => change({ safe })} />
        </div>
        <Choice label="Aspect mask" choices={Object.keys(MASKS) as Mask[]} value={settings.mask} set={(mask) => change({ mask })} />
      </div>
      <footer className="row spread">
        <button type="button" className="button quiet" disabled={!hasOverlays(settings)} onClick={() => change(NO_OVERLAYS)}>All off</button>
        <button type="button" className="button" disabled={everyone.length < 2} onClick={copy}>Same on every camera</button>
      </footer>
    </div>
  )
}
