import { useState } from 'react'
import { Icon } from '../design/icon.tsx'
import { AddressesDialog } from './addresses-dialog.tsx'

/** Opens the addresses under which other programs find the camera. */
export function AddressesButton({ camera, name }: { readonly camera: string; readonly name: string }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <button type="button" className="button quiet icon" aria-label={`Addresses of ${name}`} onClick={() => setOpen(true)}><Icon name="link" /></button>
      {isOpen ? <AddressesDialog camera={camera} name={name} onClose={() => setOpen(false)} /> : null}
    </>
  )
}
