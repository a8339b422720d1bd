import { Link } from 'wouter'
import type { AssetDetail, CameraView } from '#protocols/http.ts'
import { API } from '../api/client.ts'
import { useResource } from '../api/resource.ts'
import { formatDuration, formatMoment } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { forgetPicture, type SearchedPicture } from './searched-picture.ts'

/** A moment as it stands in an address. */
export function parseLike(like: string): { readonly kind: 'asset' | 'camera'; readonly id: string; readonly ms: number } | undefined {
  const [, camera, id, ms] = /^(camera:)?([^@]+)@(\d+)$/.exec(like) ?? []
  return id === undefined ? undefined : { kind: camera === undefined ? 'asset' : 'camera', id, ms: Number(ms) }
}

function useTitleOf(kind: 'asset' | 'camera', id: string): string {
  const asset = useResource<AssetDetail>(kind === 'asset' ? `/assets/${encodeURIComponent(id)}` : null).data
  const cameras = useResource<{ cameras: CameraView[] }>(kind === 'camera' ? '/cameras' : null).data
  return kind === 'asset' ? asset?.title || asset?.name || 'a clip' : cameras?.cameras.find((camera) => camera.id === id)?.name ?? id
}

/** The picture of a clip or camera at a moment. */
export const pictureAt = (kind: 'asset' | 'camera', id: string, ms: number): string =>
  kind === 'asset' ? `${API}/assets/${encodeURIComponent(id)}/picture?at=${Math.round(ms)}` : `${API}/cameras/${encodeURIComponent(id)}/thumbnail?at=${Math.round(ms)}`

/** Says that pictures like a moment are looked for, and takes that back. */
export function LikeChip({ like, forget }: { readonly like: string; readonly forget: () => void }) {
  const meant = parseLike(like)
  const title = useTitleOf(meant?.kind ?? 'asset', meant?.id ?? '')
  if (meant === undefined) return <p className="query-error small" role="alert">The address names no moment: it should end in like=CLIP@MS. <button type="button" className="button quiet" onClick={forget}>Start anew</button></p>
  const { kind, id, ms } = meant
  return (
    <div className="meant row">
      <img src={pictureAt(kind, id, ms)} alt="" width={96} height={54} />
      <span>More like <Link href={kind === 'asset' ? `/library/${encodeURIComponent(id)}?t=${ms}` : `/recordings/${encodeURIComponent(id)}?t=${ms}`}>{title}</Link> <span className="dim num">{kind === 'asset' ? formatDuration(ms) : formatMoment(ms)}</span></span>
      <button type="button" className="button quiet icon" aria-label="Do not look for what is like it" onClick={forget}><Icon name="close" /></button>
    </div>
  )
}

/** The same of a picture from outside. */
export function PictureChip({ picture: { name, url } }: { readonly picture: SearchedPicture }) {
  return (
    <div className="meant row">
      <img src={url} alt="" height={54} />
      <span className="cut">Like <strong>{name}</strong></span>
      <button type="button" className="button quiet icon" aria-label="Do not look for this picture" onClick={forgetPicture}><Icon name="close" /></button>
    </div>
  )
}
