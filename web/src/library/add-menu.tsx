import { type ChangeEvent, useRef, useState } from 'react'
import { Icon } from '../design/icon.tsx'
import { filesOfInput } from './dropped-files.ts'
import { ScanDialog } from './scan-dialog.tsx'
import { uploadQueue } from './upload-queue.ts'

/** Buttons that add to the library: files, a folder, or a folder on the node's machine. */
export function AddButtons({ isPrimary = false }: { readonly isPrimary?: boolean }) {
  const files = useRef<HTMLInputElement>(null)
  const folder = useRef<HTMLInputElement>(null)
  const [scanning, setScanning] = useState(false)
  const take = ({ currentTarget }: ChangeEvent<HTMLInputElement>): void => {
    uploadQueue.add(filesOfInput(currentTarget))
    currentTarget.value = ''
  }
  return (
    <div className="row wrap">
      <button type="button" className={`button ${isPrimary ? 'primary' : ''}`} onClick={() => files.current?.click()}><Icon name="upload" />Add files</button>
      <button type="button" className="button" onClick={() => folder.current?.click()}><Icon name="folder" />Add a folder</button>
      <button type="button" className="button" onClick={() => setScanning(true)}><Icon name="server" /><span>Scan<span className="wide-only"> on the node</span></span></button>
      <input ref={files} type="file" multiple hidden onChange={take} aria-label="Files to add" />
      <input ref={folder} type="file" multiple hidden onChange={take} aria-label="Folder to add" {...{ webkitdirectory: '' }} />
      {scanning ? <ScanDialog onClose={() => setScanning(false)} /> : null}
    </div>
  )
}
