import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import type { RelationMap } from '#protocols/http.ts'
import { plural } from '../design/format.ts'
import { Icon, type IconName } from '../design/icon.tsx'
import { useScheme } from '../design/scheme.ts'
import { drawMap } from './map-drawing.ts'
import { fitted, type MapView, nodeAt, pannedBy, type Point, type Size, toScreen, zoomedAt } from './map-geometry.ts'

type MapNode = RelationMap['nodes'][number]

const ZOOM = 1.4
/** How far an arrow moves the map, in pixels. @default 80 */
const STEP = 80
/** Movement that makes a click a drag, in pixels. @default 5 */
const DRAG = 5

interface CanvasProps {
  readonly map: RelationMap
  readonly meant: ReadonlySet<string> | undefined
}

/** Pictures of clips, loaded once they are to be drawn. */
function usePictures(redraw: () => void): (node: MapNode) => HTMLImageElement | undefined {
  const known = useRef(new Map<string, HTMLImageElement>())
  return ({ picture }) => {
    if (picture === null) return undefined
    let image = known.current.get(picture)
    if (image === undefined) {
      image = new Image()
      image.addEventListener('load', redraw)
      image.src = picture
      known.current.set(picture, image)
    }
    return image.complete && image.naturalWidth > 0 ? image : undefined
  }
}

function useSize(element: React.RefObject<HTMLElement | null>): Size {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 })
  useEffect(() => {
    if (element.current === null) return undefined
    const watcher = new ResizeObserver(([entry]) => { if (entry !== undefined) setSize({ width: entry.contentRect.width, height: entry.contentRect.height }) })
    watcher.observe(element.current)
    return () => watcher.disconnect()
  }, [])
  return size
}

function moved(view: MapView, size: Size, key: string): MapView | undefined {
  const middle = { x: size.width / 2, y: size.height / 2 }
  switch (key) {
    case 'ArrowLeft': return pannedBy(view, STEP, 0)
    case 'ArrowRight': return pannedBy(view, -STEP, 0)
    case 'ArrowUp': return pannedBy(view, 0, STEP)
    case 'ArrowDown': return pannedBy(view, 0, -STEP)
    case '+': case '=': return zoomedAt(view, size, ZOOM, middle)
    case '-': return zoomedAt(view, size, 1 / ZOOM, middle)
    default: return undefined
  }
}

/** The map itself: wheel or two fingers zoom, dragging moves, a click opens. The list beside it says the same in words. */
export function MapCanvas({ map, meant }: CanvasProps) {
  const box = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const size = useSize(box)
  const [own, setOwn] = useState<MapView>()
  const [hovered, setHovered] = useState<MapNode>()
  const [drawn, setDrawn] = useState(0)
  const [, navigate] = useLocation()
  const pictureOf = usePictures(() => setDrawn((drawn) => drawn + 1))
  const fingers = useRef(new Map<number, Point>())
  const travelled = useRef(0)
  const scheme = useScheme()
  const view = own ?? fitted(meant === undefined || meant.size === 0 ? map.nodes : map.nodes.filter(({ asset }) => meant.has(asset)), size)
  const latest = useRef({ view, size })
  latest.current = { view, size }
  useEffect(() => setOwn(undefined), [meant])

  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (canvas.current === null || context === null || context === undefined || size.width === 0) return
    const ratio = devicePixelRatio
    canvas.current.width = size.width * ratio
    canvas.current.height = size.height * ratio
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    drawMap(context, { map, view, size, hovered: hovered?.asset, meant, pictureOf })
  }, [map, view, size, hovered, meant, drawn, scheme])
  useEffect(() => {
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault()
      const { view, size } = latest.current
      setOwn(zoomedAt(view, size, Math.exp(-event.deltaY / 400), { x: event.offsetX, y: event.offsetY }))
    }
    canvas.current?.addEventListener('wheel', onWheel, { passive: false }) // React's own may not keep the page from scrolling
    return () => canvas.current?.removeEventListener('wheel', onWheel)
  }, [])

  const pointOf = ({ clientX, clientY, currentTarget }: PointerEvent<HTMLCanvasElement>): Point => { const { left, top } = currentTarget.getBoundingClientRect(); return { x: clientX - left, y: clientY - top } }
  const onDown = (event: PointerEvent<HTMLCanvasElement>): void => {
    event.currentTarget.setPointerCapture(event.pointerId)
    fingers.current.set(event.pointerId, pointOf(event))
    travelled.current = fingers.current.size > 1 ? DRAG : 0
  }
  const onMove = (event: PointerEvent<HTMLCanvasElement>): void => {
    const at = pointOf(event)
    const before = fingers.current.get(event.pointerId)
    if (before === undefined) return setHovered(nodeAt(map.nodes, view, size, at))
    travelled.current += Math.hypot(at.x - before.x, at.y - before.y)
    const other = [...fingers.current].find(([id]) => id !== event.pointerId)?.[1]
    fingers.current.set(event.pointerId, at)
    if (travelled.current < DRAG) return
    const grown = other === undefined ? 1 : Math.max(20, Math.hypot(at.x - other.x, at.y - other.y)) / Math.max(20, Math.hypot(before.x - other.x, before.y - other.y))
    setOwn(zoomedAt(pannedBy(view, other === undefined ? at.x - before.x : 0, other === undefined ? at.y - before.y : 0), size, grown, other ?? at))
  }
  const onUp = (event: PointerEvent<HTMLCanvasElement>): void => {
    if (!fingers.current.delete(event.pointerId) || event.type !== 'pointerup' || travelled.current >= DRAG) return
    const node = nodeAt(map.nodes, view, size, pointOf(event), 28)
    if (node !== undefined) navigate(`/library/${encodeURIComponent(node.asset)}`)
  }
  const onKey = (event: KeyboardEvent): void => {
    const next = event.key === '0' || event.key === 'Home' ? fitted(map.nodes, size) : moved(view, size, event.key)
    if (next === undefined) return
    event.preventDefault()
    setOwn(next)
  }
  const name = hovered === undefined ? undefined : { ...toScreen(view, size, hovered), title: hovered.title }
  return (
    <div className="map-box card" ref={box}>
      <canvas ref={canvas} className={hovered === undefined ? '' : 'over'} tabIndex={0} role="application" aria-roledescription="map" aria-label={`${plural(map.nodes.length, 'clip')} laid out by likeness. Arrows move, plus and minus zoom, 0 shows all; the list says the same in words.`} data-view={`${view.x} ${view.y} ${view.scale}`}
        onPointerDown={onDown} onPointerMove={onMove} onPointerUp={onUp} onPointerCancel={onUp} onPointerLeave={() => setHovered(undefined)} onKeyDown={onKey} />
      {name === undefined ? null : <span className="map-name small" style={{ left: Math.min(Math.max(name.x, 90), size.width - 90), top: name.y + 34 }}>{name.title}</span>}
      <div className="map-zooms" role="group" aria-label="Zoom">
        {([['plus', '+', 'Closer'], ['minus', '-', 'Farther'], ['full', '0', 'All of it']] as const).map(([icon, key, words]) => <ZoomButton key={key} icon={icon} words={words} hint={key} act={() => setOwn(key === '0' ? fitted(map.nodes, size) : moved(view, size, key))} />)}
      </div>
    </div>
  )
}

function ZoomButton({ icon, words, hint, act }: { readonly icon: IconName; readonly words: string; readonly hint: string; readonly act: () => void }) {
  return <button type="button" className="button icon" aria-label={words} title={`${words} (${hint})`} onClick={act}><Icon name={icon} /></button>
}
