import { useState } from 'react'
import { Link } from 'wouter'
import type { RelationMap } from '#protocols/http.ts'
import { plural } from '../design/format.ts'
import { AlbumDialog } from '../organise/album-dialog.tsx'
import { useMay } from '../shell/use-may.ts'
import { topicColour } from './map-drawing.ts'

type Topic = RelationMap['topics'][number]

/** What a topic is called that has no words of its own. */
export const UNNAMED = 'Without a name'
/** Topics of so many clips are suggested as albums. @default 3 */
const ALBUM_CLIPS = 3

interface ListProps {
  readonly map: RelationMap
  readonly chosen: string | undefined
  readonly choose: (topic: string | undefined) => void
}

function Members({ assets, titles }: { readonly assets: readonly string[]; readonly titles: ReadonlyMap<string, string> }) {
  return <ul className="topic-members small">{assets.map((asset) => <li key={asset}><Link className="cut" href={`/library/${encodeURIComponent(asset)}`}>{titles.get(asset) ?? asset}</Link></li>)}</ul>
}

/** The map in words: topics with their clips, then clips that belong to none. A topic becomes an album when a person says so. */
export function TopicsList({ map: { topics, nodes }, chosen, choose }: ListProps) {
  const { edit } = useMay()
  const [album, setAlbum] = useState<Topic>()
  const titles = new Map(nodes.map(({ asset, title }) => [asset, title]))
  const alone = nodes.filter(({ topic }) => topic === null).map(({ asset }) => asset)
  return (
    <section className="map-topics" aria-label="Topics">
      <h2>{plural(topics.length, 'topic')}</h2>
      <ul className="stack">
        {topics.map((topic, at) => (
          <li key={topic.id} className="card topic" data-topic={topic.id}>
            <div className="row">
              <i className="dot" style={{ background: topicColour(at) }} />
              <button type="button" className="topic-name cut" aria-pressed={chosen === topic.id} onClick={() => choose(chosen === topic.id ? undefined : topic.id)}>{topic.name}</button>
              <span className="small dim num">{plural(topic.assets.length, 'clip')}</span>
            </div>
            <details open={chosen === topic.id}>
              <summary className="small dim">Clips</summary>
              <Members assets={topic.assets} titles={titles} />
            </details>
            {!edit || topic.assets.length < ALBUM_CLIPS ? null : <button type="button" className="button quiet small" onClick={() => setAlbum(topic)}>Make an album of it</button>}
          </li>
        ))}
        {alone.length === 0 ? null : <li className="card topic"><details><summary className="small dim">{plural(alone.length, 'clip')} in no topic</summary><Members assets={alone} titles={titles} /></details></li>}
      </ul>
      {album === undefined ? null : <AlbumDialog album={undefined} ids={album.assets} named={album.name === UNNAMED ? '' : album.name} onClose={() => setAlbum(undefined)} />}
    </section>
  )
}
