import { useState } from 'react'
import { api } from '../api/client.ts'
import { toast } from '../design/toast.tsx'
import { CameraAreasDialog } from '../motion/camera-areas-dialog.tsx'
import { CameraSettingsDialog } from '../recordings/camera-settings-dialog.tsx'
import { useCameraSettings } from '../recordings/use-recordings.ts'
import { useMay } from '../shell/use-may.ts'

/** Starts and stops a camera that is recorded by hand; leads to its settings and to where motion counts before it. */
export function RecordControls({ camera }: { readonly camera: string }) {
  const { settings, refresh } = useCameraSettings(camera)
  const { edit } = useMay()
  const [open, setOpen] = useState<'settings' | 'areas'>()
  if (settings === undefined) return null
  const { mode, on } = settings.record
  const turn = (): void => { api.post(`/cameras/${encodeURIComponent(camera)}/record`, { on: !on }).then(refresh, (error: Error) => toast(`Not changed: ${error.message}`, 'bad')) }
  return (
    <>
      {edit && mode === 'manual' ? <button type="button" className={`button ${on ? 'danger' : 'primary'}`} aria-pressed={on} onClick={turn}>{on ? 'Stop recording' : 'Start recording'}</button> : null}
      {mode !== 'manual' && settings.reason !== null ? <span className="small dim">{settings.reason}</span> : null}
      {edit ? <><button type="button" className="button" onClick={() => setOpen('areas')}>Motion</button><button type="button" className="button" onClick={() => setOpen('settings')}>Settings</button></> : null}
      {open === 'areas' ? <CameraAreasDialog camera={camera} name={settings.name} onClose={() => setOpen(undefined)} /> : null}
      {open === 'settings' ? <CameraSettingsDialog settings={settings} onClose={() => setOpen(undefined)} onSaved={refresh} /> : null}
    </>
  )
}
