import { useSyncExternalStore } from 'react'
import { ownName } from './people.ts'

/** Where nobody signs in: what others are shown for this browser. */
export function OwnName() {
  const name = useSyncExternalStore(ownName.subscribe, ownName.get)
  return <label><span className="label">What others see you as, on nodes without sign-in</span><input className="field" maxLength={40} placeholder="this machine" value={name} onChange={(event) => ownName.set(event.target.value)} /></label>
}
