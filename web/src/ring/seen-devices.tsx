import { Fragment } from 'react'
import type { DeviceList, DeviceView } from '#protocols/http.ts'
import { useResource } from '../api/resource.ts'

/** How often they are asked for while they are shown: devices come and go, ms. @default 5000 */
const DEVICE_POLL_MS = 5000

/** A device that was chosen: its kind, what to write after --source, and the machine it is at. */
export interface Chosen {
  readonly kind: string
  readonly source: string
  readonly machine: string
}

interface DeviceProps {
  readonly device: DeviceView
  readonly choose: () => void
}

function Device({ device: { name, source, state, camera, reason }, choose }: DeviceProps) {
  const title = name || source
  return (
    <li className="seen-device">
      {state === 'free' ? <button type="button" className="link" onClick={choose}>{title}</button> : <span>{title}</span>}
      {state === 'in use' ? <span className="small dim">is camera {camera}</span> : null}
      {state === 'refused' ? <span className="small why">{reason}</span> : null}
      {name === '' ? null : <span className="small dim mono cut">{source}</span>}
    </li>
  )
}

/** What every machine of the ring could capture from. What is free can be chosen, by the name of it that lasts; what is refused says why. */
export function SeenDevices({ choose }: { readonly choose: (chosen: Chosen) => void }) {
  const { data } = useResource<DeviceList>('/devices', DEVICE_POLL_MS)
  const machines = (data?.machines ?? []).map(({ devices, ...machine }) => ({ ...machine, devices: devices.filter(({ kind }) => kind !== 'microphone') })).filter(({ devices }) => devices.length > 0)
  if (machines.length === 0 && (data?.silent ?? []).length === 0) return null
  return (
    <section className="seen-devices" aria-label="What the machines of this ring see">
      {machines.map(({ peerId, name, devices }) => (
        <Fragment key={peerId}>
          <h3 className="label">Seen by {name}</h3>
          <ul>{devices.map((device) => <Device key={device.source} device={device} choose={() => choose({ kind: device.kind, source: device.aliases.find((alias) => alias.startsWith('v4l2:')) ?? device.source, machine: name })} />)}</ul>
        </Fragment>
      ))}
      {data === undefined || data.silent.length === 0 ? null : <p className="small dim">{data.silent.join(', ')} did not answer: what is connected there is missing here.</p>}
    </section>
  )
}
