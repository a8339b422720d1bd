import { useState } from 'react'
import type { AssetDetail } from '#protocols/http.ts'
import { Icon } from '../design/icon.tsx'
import { posterOf } from '../library/poster.tsx'
import { contentOf } from './content-address.ts'

function CannotPlay({ asset }: { readonly asset: AssetDetail }) {
  const { id, name, poster, probe, kind } = asset
  const codec = probe.videoCodec ?? probe.audioCodec ?? probe.container
  return (
    <div className="stage cannot">
      {poster ? <img src={posterOf(id)} alt={`A still of ${name}`} /> : null}
      <div className="cannot-words">
        <Icon name={kind} />
        <p><strong>This browser cannot play {codec}.</strong> The original is whole and unchanged; open it in a player or an editor that can.</p>
        <a className="button primary" href={contentOf(id)} download={name}><Icon name="download" />Download the original</a>
      </div>
    </div>
  )
}

/** Plays or shows a clip's original; what this browser cannot decode is said, with its still and its download. */
export function Player({ asset }: { readonly asset: AssetDetail }) {
  const [cannot, setCannot] = useState(false)
  const { id, kind, name, title, probe } = asset
  if (cannot) return <CannotPlay asset={asset} />
  const fail = (): void => setCannot(true)
  if (kind === 'image') return <div className="stage"><img src={contentOf(id)} alt={title || name} onError={fail} /></div>
  if (kind === 'audio') {
    return (
      <div className="stage sound">
        {asset.poster ? <img src={posterOf(id)} alt="" /> : <Icon name="audio" />}
        <audio src={contentOf(id)} controls preload="metadata" onError={fail} />
      </div>
    )
  }
  return (
    <div className="stage">
      <video src={contentOf(id)} controls playsInline preload="metadata" poster={asset.poster ? posterOf(id) : undefined} onError={fail}
        // A browser may know the sound and not the picture of a file: then it "plays" with no picture at all.
        onLoadedMetadata={({ currentTarget }) => { if (currentTarget.videoWidth === 0 && probe.videoCodec !== undefined) fail() }} />
    </div>
  )
}
