import { useState } from 'react'
import type { AssetDetail } from '#protocols/http.ts'
import { Icon } from '../design/icon.tsx'
import { ShareButton } from '../settings/share-dialog.tsx'
import { useMay } from '../shell/use-may.ts'
import { contentOf } from './content-address.ts'
import { DeleteDialog } from './delete-dialog.tsx'

/** What is done with a clip as a whole: fetched, shared, deleted. */
export function AssetActions({ asset, onDeleted }: { readonly asset: AssetDetail; readonly onDeleted: () => void }) {
  const [deleting, setDeleting] = useState(false)
  const name = asset.title || asset.name
  return (
    <div className="row">
      <a className="button brief" href={contentOf(asset.id)} download={asset.name}><Icon name="download" /><span>Download the original</span></a>
      <ShareButton assets={[asset.id]} title={name} />
      {useMay().change(asset) ? <button type="button" className="button danger brief" onClick={() => setDeleting(true)}><Icon name="trash" /><span>Delete</span></button> : null}
      {deleting ? <DeleteDialog id={asset.id} name={name} onClose={() => setDeleting(false)} onDeleted={onDeleted} /> : null}
    </div>
  )
}
