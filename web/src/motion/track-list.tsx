import { useState } from 'react'
import type { MotionView } from '#protocols/http.ts'
import { API } from '../api/client.ts'
import { formatDuration, plural } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { nameOf } from './boxes-at.ts'

/** Things shown before somebody asks for all. @default 12 */
const SHOWN = 12

/** Addresses of what is made of the motion of an asset. */
export const motionOf = (id: string, part: string): string => `${API}/assets/${encodeURIComponent(id)}/motion${part}`

/** Each thing that moved: its best picture, when and where it was, and files of it. */
export function TrackList({ id, tracks, seek }: { readonly id: string; readonly tracks: MotionView['tracks']; readonly seek: (ms: number) => void }) {
  const [all, setAll] = useState(false)
  return (
    <>
      <ul className="motion-tracks">
        {(all ? tracks : tracks.slice(0, SHOWN)).map((track) => (
          <li key={track.id}>
            <button type="button" className="motion-picture" aria-label={`Show ${nameOf(track)}`} onClick={() => seek(track.bestMs)}><img src={motionOf(id, `/tracks/${track.id}.jpg`)} alt="" loading="lazy" /></button>
            <div>
              <strong>{nameOf(track)}</strong>
              <p className="small dim">{formatDuration(track.points[0]!.atMs)} to {formatDuration(track.points.at(-1)!.atMs)}{track.zones.length === 0 ? '' : `; through ${[...new Set(track.zones.map(({ zone }) => zone))].join(', ')}`}</p>
              <p className="row wrap small">
                <a href={motionOf(id, `/tracks/${track.id}.mp4`)} download>Clip</a>
                <a href={motionOf(id, `/tracks/${track.id}.jpg`)} download={`${nameOf(track)}.jpg`}>Picture</a>
                <a href={motionOf(id, `.chan?track=${track.id}`)} download>Path (.chan)</a>
              </p>
            </div>
          </li>
        ))}
      </ul>
      {all || tracks.length <= SHOWN ? null : <button type="button" className="button quiet" onClick={() => setAll(true)}>Show all {tracks.length}</button>}
    </>
  )
}

/** Files of all of it. */
export function MotionDownloads({ id, motion: { featureTracks } }: { readonly id: string; readonly motion: MotionView }) {
  return (
    <div className="row wrap">
      {([['.csv', 'Table (.csv)'], ['.json', 'All of it (.json)'], ['.py', 'Script for Blender']] as const).map(([part, words]) => <a key={part} className="button" href={motionOf(id, part)} download><Icon name="download" />{words}</a>)}
      {featureTracks === 0 ? null : <span className="small dim">with {plural(featureTracks, 'point', 'points')} for match-moving</span>}
    </div>
  )
}
