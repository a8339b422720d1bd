import { useEffect, useRef } from 'react'
import { Link, useSearch } from 'wouter'
import type { AssetDetail, SceneList, SceneView } from '#protocols/http.ts'
import { useResource } from '../api/resource.ts'
import { formatDuration, plural } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { likeAddress } from '../moments/moment-query.ts'
import { moveInGrid } from '../shell/grid-keys.ts'
import { seekTo, useBeginAt, useCurrentMs } from './playing.ts'
import { SceneWords } from './scene-words.tsx'
import './scenes.css'

/** Tags that stand on a scene in the strip. @default 2 */
const FEW_TAGS = 2

/** Which scene a moment lies in. */
export function sceneAt(scenes: readonly Pick<SceneView, 'fromMs'>[], ms: number): number {
  return Math.max(0, scenes.findLastIndex(({ fromMs }) => fromMs <= ms))
}

function Colours({ palette }: Pick<SceneView, 'palette'>) {
  return <span className="palette" aria-hidden="true">{palette.map((colour) => <i key={colour} style={{ background: colour }} />)}</span>
}

interface StripProps { readonly scenes: readonly SceneView[]; readonly current: number }

/** All scenes side by side; the one that plays stays in sight. */
function Strip({ scenes, current }: StripProps) {
  const strip = useRef<HTMLOListElement>(null)
  useEffect(() => {
    const list = strip.current
    const at = list?.children[current]
    if (list === null || !(at instanceof HTMLElement)) return
    if (at.offsetLeft < list.scrollLeft || at.offsetLeft + at.offsetWidth > list.scrollLeft + list.clientWidth) list.scrollTo({ left: at.offsetLeft - list.clientWidth / 3, behavior: 'smooth' })
  }, [current])
  return (
    <ol className="scene-strip" ref={strip} aria-label="Scenes" onKeyDown={moveInGrid}>
      {scenes.map(({ fromMs, toMs, picture, palette, tags }, at) => (
        <li key={fromMs}>
          <button type="button" className="scene" data-cell data-scene={at} tabIndex={at === current ? 0 : -1} aria-current={at === current ? 'true' : undefined} onClick={() => seekTo(fromMs)}>
            <span className="poster"><img src={picture} alt="" loading="lazy" decoding="async" width={160} height={90} /></span>
            <Colours palette={palette} />
            <span className="small num">{formatDuration(fromMs)} – {formatDuration(toMs)}</span>
            <span className="small dim cut">{tags.slice(0, FEW_TAGS).map(({ name }) => name).join(', ')}</span>
          </button>
        </li>
      ))}
    </ol>
  )
}

/** What is not known yet, and why. */
function Waiting({ waiting }: Pick<SceneList, 'waiting'>) {
  if (waiting.length === 0) return null
  return (
    <details className="small waiting">
      <summary>{plural(waiting.length, 'thing')} not there yet: {waiting.map(({ what }) => what).join(', ')}</summary>
      <dl className="facts">{waiting.map(({ what, why }) => <div key={what}><dt>{what}</dt><dd>{why}</dd></div>)}</dl>
    </details>
  )
}

/** What `?t=` asks for, ms. */
function momentOf(search: string): number | undefined {
  const text = new URLSearchParams(search).get('t')
  return text !== null && /^\d{1,12}$/.test(text) ? Number(text) : undefined
}

/** What was seen, read and said in a clip, scene by scene. */
export function Scenes({ asset: { id, kind } }: { readonly asset: AssetDetail }) {
  useBeginAt(momentOf(useSearch()))
  const nowMs = useCurrentMs()
  const { data } = useResource<SceneList>(`/assets/${encodeURIComponent(id)}/scenes`)
  if (data === undefined || (data.scenes.length === 0 && data.waiting.length === 0)) return null
  const current = sceneAt(data.scenes, nowMs)
  const scene = data.scenes[current]
  return (
    <section className="stack scenes" aria-labelledby="scenes">
      <div className="row spread">
        <h2 id="scenes">{kind === 'image' || data.scenes.length === 0 ? 'What is in it' : plural(data.scenes.length, 'scene')}</h2>
        {kind === 'audio' ? null : <Link className="button" href={likeAddress('asset', id, kind === 'image' ? 0 : nowMs)}><Icon name="copy" />More like {kind === 'image' ? 'this' : 'this picture'}</Link>}
      </div>
      {kind === 'image' || data.scenes.length === 0 ? null : <Strip scenes={data.scenes} current={current} />}
      {scene === undefined ? null : <SceneWords scene={scene} isWhole={kind === 'image'} />}
      <Waiting waiting={data.waiting} />
    </section>
  )
}
