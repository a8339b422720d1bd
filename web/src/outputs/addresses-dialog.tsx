import type { CameraAddresses } from '#protocols/http.ts'
import { useResource } from '../api/resource.ts'
import { Command } from '../design/command.tsx'
import { Dialog } from '../design/dialog.tsx'

interface AddressesProps {
  readonly camera: string
  readonly name: string
  readonly onClose: () => void
}

const USES = [
  { field: 'rtsp', title: 'RTSP', use: 'VLC, ffmpeg, GStreamer, recorders: picture and sound, at once.' },
  { field: 'hls', title: 'HLS', use: 'Players and pages: picture and sound, a few seconds late.' },
  { field: 'mjpeg', title: 'MJPEG', use: 'Pictures only, for an <img> or a dashboard; ?fps= up to 10, ?width=.' },
  { field: 'snapshot', title: 'Snapshot', use: 'One JPEG of now; ?width=.' }
] as const

/** Where other programs find a camera on this node, each address with a button that copies it. */
export function AddressesDialog({ camera, name, onClose }: AddressesProps) {
  const { data, error } = useResource<CameraAddresses>(`/cameras/${encodeURIComponent(camera)}/addresses`)
  return (
    <Dialog title={`${name} in other programs`} onClose={onClose}>
      <p className="dim">Every node of the ring serves every camera; these are the addresses on this one. A node that asks for its token takes it as the RTSP password, with any user name.</p>
      {error !== undefined && data === undefined ? <p className="why" role="alert">The addresses cannot be had: {error.message}</p> : null}
      {USES.map(({ field, title, use }) => (
        <section key={field} aria-label={title}>
          <span className="label"><strong>{title}</strong> · {use}</span>
          {data === undefined ? <div className="skeleton command-skeleton" aria-busy={error === undefined} /> : <Address url={data[field]} />}
        </section>
      ))}
    </Dialog>
  )
}

function Address({ url }: { readonly url: string | null }) {
  return url === null
    ? <p className="small dim">Off on this node. Start it with <code>--rtsp 127.0.0.1:8554</code>; for other machines <code>--rtsp 0.0.0.0:8554 --auth</code>.</p>
    : <Command text={url} />
}
