import { type ChangeEvent, useRef } from 'react'
import { Link } from 'wouter'
import { Icon } from '../design/icon.tsx'
import { useMay } from '../shell/use-may.ts'
import { filesOfInput } from './dropped-files.ts'
import { uploadQueue } from './upload-queue.ts'

/** Buttons that add to the library: files, a folder, and, where they are all there is, the folders of the node's machine. */
export function AddButtons({ isPrimary = false }: { readonly isPrimary?: boolean }) {
  const { administer } = useMay()
  const files = useRef<HTMLInputElement>(null)
  const folder = useRef<HTMLInputElement>(null)
  const take = ({ currentTarget }: ChangeEvent<HTMLInputElement>): void => {
    uploadQueue.add(filesOfInput(currentTarget))
    currentTarget.value = ''
  }
  return (
    <div className="row wrap">
      <button type="button" className={`button ${isPrimary ? 'primary' : ''}`} onClick={() => files.current?.click()}><Icon name="upload" />Add files</button>
      <button type="button" className={`button ${isPrimary ? '' : 'brief'}`} onClick={() => folder.current?.click()}><Icon name="folder" /><span>Add a folder</span></button>
      {isPrimary && administer ? <Link className="button" href="/folders"><Icon name="server" />Folders</Link> : null}
      <input ref={files} type="file" multiple hidden onChange={take} aria-label="Files to add" />
      <input ref={folder} type="file" multiple hidden onChange={take} aria-label="Folder to add" {...{ webkitdirectory: '' }} />
    </div>
  )
}
