import { Link } from 'wouter'
import type { SceneView } from '#protocols/http.ts'
import { formatDuration } from '../design/format.ts'
import { seekTo } from './playing.ts'

const BEGINS = { start: 'the beginning', cut: 'a cut', dissolve: 'a dissolve', fade: 'a fade' } as const

/** Where scenes are called dark, bright, soft or moving. */
const DARK = 0.2
const BRIGHT = 0.8
const SOFT = 0.2
const MOVING = 0.3

/** How it looks, in words; nothing for what is ordinary. */
export function looksOf({ brightness, sharpness, motion }: Pick<SceneView, 'brightness' | 'sharpness' | 'motion'>): string[] {
  return [brightness < DARK ? 'dark' : brightness > BRIGHT ? 'bright' : '', sharpness < SOFT ? 'soft' : '', motion > MOVING ? 'moves a lot' : ''].filter((word) => word !== '')
}

function Line({ atMs, text }: { readonly atMs: number; readonly text: string }) {
  return <li><button type="button" className="jump" onClick={() => seekTo(atMs)}><span className="num dim">{formatDuration(atMs)}</span> {text}</button></li>
}

interface WordsProps { readonly scene: SceneView; readonly isWhole: boolean }

/** What was seen, read and said in one scene. */
export function SceneWords({ scene, isWhole }: WordsProps) {
  const { fromMs, toMs, begins, caption, tags, objects, words, speech } = scene
  const looks = looksOf(scene)
  const isBare = caption === null && [tags, objects, words, speech].every(({ length }) => length === 0)
  return (
    <div className="scene-words card" data-scene-words={fromMs}>
      {isWhole ? null : <p className="small dim num">{formatDuration(fromMs)} – {formatDuration(toMs)}, begins with {BEGINS[begins]}{looks.length === 0 ? '' : `; ${looks.join(', ')}`}</p>}
      {isWhole && isBare ? <p className="small dim">Nothing in it was recognised or read{looks.length === 0 ? '' : `; it is ${looks.join(', ')}`}.</p> : null}
      {caption === null ? null : <p>{caption}</p>}
      {tags.length === 0 ? null : <ul className="row wrap" aria-label="Tags by likeness">{tags.map(({ name, score }) => <li key={name}><Link className="chip" href={`/moments?q=${encodeURIComponent(name)}`} title={`likeness ${score.toFixed(2)}; find more`}>{name}</Link></li>)}</ul>}
      {objects.length === 0 ? null : <ul className="row wrap" aria-label="Objects">{objects.map(({ label, count, confidence }) => <li key={label} className="badge" title={`as sure as ${confidence.toFixed(2)}`}>{label}{count > 1 ? ` ×${count}` : ''}</li>)}</ul>}
      {words.length === 0 ? null : <div><h3 className="small">Written</h3><ul className="jumps">{words.map(({ text, atMs }) => <Line key={`${atMs} ${text}`} atMs={atMs} text={text} />)}</ul></div>}
      {speech.length === 0 ? null : <div><h3 className="small">Said</h3><ul className="jumps">{speech.map(({ text, fromMs }) => <Line key={fromMs} atMs={fromMs} text={text} />)}</ul></div>}
    </div>
  )
}
