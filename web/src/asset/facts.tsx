import type { ReactNode } from 'react'
import type { AssetDetail } from '#protocols/http.ts'
import { API } from '../api/client.ts'
import { formatAge, formatBitRate, formatBytes, formatDuration, formatMoment } from '../design/format.ts'
import { Locations, Outside } from './places.tsx'

type Fact = readonly [string, ReactNode]

function pictureFacts({ probe }: AssetDetail): Fact[] {
  const { videoCodec, width, height, framesPerSecond, rotation } = probe
  return [
    ...videoCodec === undefined ? [] : [['Picture', videoCodec] as const],
    ...width === undefined || height === undefined ? [] : [['Size', `${width} × ${height}${rotation === undefined || rotation === 0 ? '' : `, turned ${rotation}°`}`] as const],
    ...framesPerSecond === undefined || framesPerSecond === 0 ? [] : [['Frame rate', `${Number(framesPerSecond.toFixed(3))} fps`] as const]
  ]
}

function colourFacts({ probe }: AssetDetail): Fact[] {
  const { hdr, bitDepth, colourPrimaries, colourTransfer, pixelFormat, fieldOrder, timecode } = probe
  const colour = [hdr, bitDepth === undefined || bitDepth === 8 ? undefined : `${bitDepth} bit`, colourPrimaries, colourTransfer === colourPrimaries ? undefined : colourTransfer, pixelFormat].filter((part) => part !== undefined)
  return [
    ...colour.length === 0 ? [] : [['Colour', colour.join(' · ')] as const],
    ...fieldOrder === undefined || fieldOrder === 'progressive' ? [] : [['Fields', fieldOrder] as const],
    ...timecode === undefined ? [] : [['Timecode', timecode] as const]
  ]
}

function cameraFacts({ probe }: AssetDetail): Fact[] {
  const { cameraMake = '', cameraModel, lens, iso, shutter, aperture, focalLength } = probe
  const camera = cameraModel === undefined || cameraModel.startsWith(cameraMake) ? cameraModel ?? cameraMake : `${cameraMake} ${cameraModel}`
  const settings = [shutter === undefined ? undefined : `${shutter} s`, aperture === undefined ? undefined : `f/${aperture}`, iso === undefined ? undefined : `ISO ${iso}`, focalLength === undefined ? undefined : `${focalLength} mm`].filter((part) => part !== undefined)
  return [
    ...camera === '' ? [] : [['Camera', camera.trim()] as const],
    ...lens === undefined ? [] : [['Lens', lens] as const],
    ...settings.length === 0 ? [] : [['Settings', settings.join(' · ')] as const]
  ]
}

/** Where the moment was read, and in which zone. */
function madeBy({ probe: { createdAtSource, createdAtZone } }: AssetDetail): string {
  const zone = createdAtZone === 'unknown' ? 'no zone in the file' : createdAtZone
  return [createdAtSource, zone].filter((part) => part !== undefined).join(', ')
}

function soundFacts({ probe }: AssetDetail): Fact[] {
  const { audioCodec, sampleRate, channels } = probe
  if (audioCodec === undefined) return []
  const layout = channels === undefined ? '' : channels === 1 ? ', mono' : channels === 2 ? ', stereo' : `, ${channels} channels`
  return [['Sound', `${audioCodec}${sampleRate === undefined ? '' : `, ${sampleRate / 1000} kHz`}${layout}`]]
}

function fileFacts(asset: AssetDetail): Fact[] {
  const { name, mime, size, probe, importedAtMs } = asset
  return [
    ['File', name],
    ['Bytes', `${formatBytes(size)} · ${size.toLocaleString('en')} bytes`],
    ['Type', `${probe.container} · ${mime}`],
    ...probe.durationMs === undefined || asset.kind === 'image' ? [] : [['Length', formatDuration(probe.durationMs)] as const],
    ...pictureFacts(asset),
    ...soundFacts(asset),
    ...probe.bitsPerSecond === undefined || asset.kind === 'image' ? [] : [['Bit rate', formatBitRate(probe.bitsPerSecond)] as const],
    ...colourFacts(asset),
    ...cameraFacts(asset),
    ...probe.createdAtMs === undefined ? [] : [['Made', <>{formatMoment(probe.createdAtMs)} <span className="small dim">{madeBy(asset)}</span></>] as const],
    ...probe.gps === undefined ? [] : [['Place', `${probe.place === undefined ? '' : `${probe.place} · `}${probe.gps.latitude.toFixed(5)}, ${probe.gps.longitude.toFixed(5)}`] as const],
    ...asset.modifiedAtMs === undefined ? [] : [['Last written', formatMoment(asset.modifiedAtMs)] as const],
    ...asset.sidecars === undefined ? [] : [['Beside it', <span key="sidecars">{asset.sidecars.map((name) => <a key={name} className="path" href={`${API}/assets/${encodeURIComponent(asset.id)}/sidecars/${encodeURIComponent(name)}`} download={name}>{name} </a>)}</span>] as const],
    ...asset.span === undefined ? [] : [['Take', `piece ${asset.span.replace('/', ' of ')}`] as const],
    ['Added', formatMoment(importedAtMs)]
  ]
}

/** What is known of the file itself. */
export function Facts({ asset }: { readonly asset: AssetDetail }) {
  return <dl className="facts">{fileFacts(asset).map(([name, value]) => <div key={name}><dt>{name}</dt><dd className="num">{value}</dd></div>)}</dl>
}

/** Which nodes hold the bytes, whether they answer, and where the file came from. */
export function Copies({ asset }: { readonly asset: AssetDetail }) {
  if (asset.outside !== undefined) return <Outside asset={asset} outside={asset.outside} />
  const whole = asset.copies.filter(({ alive, chunks }) => alive && chunks >= asset.chunks).length
  return (
    <div className="stack">
      <p className={`small ${whole === 0 ? 'why' : whole === 1 ? 'warn-text' : 'dim'}`}>
        {whole === 0 ? 'No single live node holds all of it; its parts are read from several.' : whole === 1 ? 'Only one live node holds all of it. More copies are made as soon as other nodes answer.' : `${whole} live nodes hold all of it.`}
      </p>
      <ul className="copies">
        {asset.copies.map(({ node, alive, chunks }) => (
          <li key={node} className="row spread"><span className="row cut"><span className={`dot ${alive ? 'ok' : 'bad'}`} /><span className="cut">{node}</span></span><span className="small dim num">{alive ? '' : 'does not answer · '}{chunks >= asset.chunks ? 'whole' : `${chunks} of ${asset.chunks} parts`}</span></li>
        ))}
      </ul>
      <p className="small dim">{asset.lastVerifiedMs === null ? 'Not verified yet on this node: it reads back all it holds, a little at a time.' : `What this node holds of it was verified ${formatAge(Date.now() - asset.lastVerifiedMs)} ago.`}</p>
      <Locations asset={asset} />
    </div>
  )
}
