import { useState } from 'react'
import type { AlbumView } from '#protocols/http.ts'
import { Icon } from '../design/icon.tsx'
import { PackageDialog } from '../imports/package-dialog.tsx'
import { PackageLinks } from '../imports/package-links.tsx'
import { useMay } from '../shell/use-may.ts'
import { AlbumFolders } from './album-folders.tsx'

/** What leaves an album and comes back: folders it is kept in, and its metadata as a file. Closed until somebody asks for it. */
export function AlbumExtras({ album }: { readonly album: AlbumView }) {
  const [open, setOpen] = useState(false)
  const [bringing, setBringing] = useState(false)
  const { administer, edit } = useMay()
  return (
    <details className="album-extras" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{administer ? 'Folders and metadata' : 'Metadata as a file'}</summary>
      {open ? (
        <div className="stack">
          {administer ? <AlbumFolders album={album} /> : null}
          <section className="card panel" aria-label="Metadata package">
            <h2>Metadata package</h2>
            <p className="small dim">Titles, tags, ratings, notes, marks, own fields and albums of its clips as one file, for a spreadsheet or another ring.</p>
            <div className="row wrap"><PackageLinks album={album.id} />{edit ? <button type="button" className="button" onClick={() => setBringing(true)}><Icon name="upload" />Bring a package in</button> : null}</div>
          </section>
        </div>
      ) : null}
      {bringing ? <PackageDialog onClose={() => setBringing(false)} /> : null}
    </details>
  )
}
