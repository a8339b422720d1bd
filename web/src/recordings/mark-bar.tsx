import { type FormEvent, useState } from 'react'
import type { KeptList, KeptView } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { refetch } from '../api/resource.ts'
import { formatClock, formatDuration } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { toast } from '../design/toast.tsx'
import { useMay } from '../shell/use-may.ts'
import { FootageInStep } from '../takes/footage-in-step.tsx'
import { chosenRange, type Marks } from './marks.ts'
import { keptPath, useKept } from './use-recordings.ts'
import { type Cut, exportUrl } from '../player/range-file.ts'

interface MarkBarProps {
  /** What is kept and exported: one camera, or several that play in step. */
  readonly cameras: readonly { readonly id: string; readonly name: string }[]
  readonly marks: Marks
  /** The moment a mark is set at. */
  readonly atMs: number | null
  readonly mark: (end: 'in' | 'out') => void
  readonly clear: () => void
}

/** How a range may be cut, most wanted first. */
const CUTS: readonly { readonly cut: Cut; readonly name: string }[] = [
  { cut: 'exact', name: 'To the picture' }, { cut: 'keyframe', name: 'From a keyframe, nothing encoded' }, { cut: 'parts', name: 'Whole parts, as they are stored' }
]

/** `the fox, porch 2026-11-22T17-00-00Z`: what it is, of which camera, from when. */
function fileName(camera: string, fromMs: number, label: string): string {
  return `${label === '' ? '' : `${label}, `}${camera} ${new Date(fromMs).toISOString().slice(0, 19).replaceAll(':', '-')}Z`
}

/** Keeps a range of a camera; of one that has it already, because another refused it, nothing new. */
async function keepOnce(camera: string, range: Pick<KeptView, 'fromMs' | 'toMs' | 'name'>): Promise<void> {
  const path = keptPath(camera)
  const { kept } = await api.get<KeptList>(path)
  if (kept.some(({ fromMs, toMs, name }) => fromMs === range.fromMs && toMs === range.toMs && name === range.name)) return
  await api.post<KeptView>(path, range)
  refetch(path)
}

/** Marks a range, and keeps it for good or exports exactly it. */
export function MarkBar({ cameras, marks, atMs, mark, clear }: MarkBarProps) {
  const { edit } = useMay()
  const [label, setLabel] = useState('')
  const [cut, setCut] = useState<Cut>('exact')
  const chosen = chosenRange(marks)
  const shown = (ms: number | null): string => ms === null ? '' : ` ${formatClock(ms)}`
  const keep = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    if (chosen === undefined || !edit) return
    const answers = await Promise.allSettled(cameras.map(({ id }) => keepOnce(id, { ...chosen, name: label.trim() })))
    answers.forEach((answer, at) => {
      if (answer.status === 'rejected') toast(`Not kept${cameras.length === 1 ? '' : ` of ${cameras[at]?.name}`}: ${answer.reason instanceof Error ? answer.reason.message : String(answer.reason)}`, 'bad')
    })
    if (answers.every(({ status }) => status === 'fulfilled')) toast('Kept for good: it does not expire.')
  }
  return (
    <form className="row wrap mark-bar" aria-label="Marked range" onSubmit={(event) => void keep(event)}>
      <div className="row ends" role="group" aria-label="Ends of the range">
        <button type="button" className="button" disabled={atMs === null} title="I" aria-pressed={marks.inMs !== null} onClick={() => mark('in')}>In<span className="num">{shown(marks.inMs)}</span></button>
        <button type="button" className="button" disabled={atMs === null} title="O" aria-pressed={marks.outMs !== null} onClick={() => mark('out')}>Out<span className="num">{shown(marks.outMs)}</span></button>
      </div>
      {chosen === undefined ? <span className="small dim grow">{atMs === null ? 'Play something to mark a range of it.' : 'Mark the beginning (I) and the end (O) of what should be kept.'}</span> : (
        <>
          <span className="num small dim">{formatDuration(chosen.toMs - chosen.fromMs)}</span>
          <input className="field grow" aria-label="Name of the range" placeholder="Name of the clip" maxLength={200} value={label} onChange={(event) => setLabel(event.target.value)} />
          {edit ? <button type="submit" className="button primary"><Icon name="check" />Keep</button> : null}
          <select className="field cut-mode" aria-label="How it is cut" value={cut} onChange={({ target }) => setCut(target.value as Cut)}>{CUTS.map(({ cut: value, name }) => <option key={value} value={value}>{name}</option>)}</select>
          {cameras.map((camera) => { const file = fileName(camera.name, chosen.fromMs, label.trim()); return <a key={camera.id} className="button" href={exportUrl(camera.id, chosen, cut, file)} download={`${file}.mp4`}><Icon name="download" />Export {cameras.length === 1 ? 'range' : camera.name}</a> })}
          <FootageInStep cameras={cameras} range={chosen} />
          <button type="button" className="button quiet icon" aria-label="Clear the marks" onClick={clear}><Icon name="close" /></button>
        </>
      )}
    </form>
  )
}

/** What is kept of a camera, `isOne` of several, to go there or to let go of it. */
export function KeptRanges({ camera, name: cameraName, isOne, pick }: { readonly camera: string; readonly name: string; readonly isOne: boolean; readonly pick: (ms: number) => void }) {
  const { kept, refresh } = useKept(camera)
  const { edit } = useMay()
  const title = isOne ? `Kept of ${cameraName} for good` : 'Kept for good'
  const letGo = async ({ id, name }: KeptView): Promise<void> => {
    try {
      await api.remove(`${keptPath(camera)}/${encodeURIComponent(id)}`)
      toast(`${name === '' ? 'The range' : name} lives as long as the rest of the camera now.`)
      refresh()
    } catch (error) {
      toast(`Not changed: ${error instanceof Error ? error.message : String(error)}`, 'bad')
    }
  }
  if (kept.length === 0) return null
  return (
    <section aria-label={title}>
      <span className="label">{title}</span>
      <ul className="stack kept-list">
        {[...kept].sort((a, b) => b.fromMs - a.fromMs).map((range) => (
          <li key={range.id} className="row spread">
            <button type="button" className="link cut" onClick={() => pick(range.fromMs)}>{range.name === '' ? 'Without a name' : range.name}</button>
            <span className="row"><span className="small dim num">{new Date(range.fromMs).toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })} {formatClock(range.fromMs)}, {formatDuration(range.toMs - range.fromMs)}</span>
              <a className="button quiet icon" aria-label={`Export ${range.name === '' ? formatClock(range.fromMs) : range.name}`} href={exportUrl(camera, range, 'exact', fileName(cameraName, range.fromMs, range.name))} download={`${fileName(cameraName, range.fromMs, range.name)}.mp4`}><Icon name="download" /></a>
              {edit ? <button type="button" className="button quiet icon" aria-label={`Let go of ${range.name === '' ? formatClock(range.fromMs) : range.name}`} onClick={() => void letGo(range)}><Icon name="close" /></button> : null}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
