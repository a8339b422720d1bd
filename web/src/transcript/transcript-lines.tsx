import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { AssetDetail } from '#protocols/http.ts'
import { plural } from '../design/format.ts'
import { toast } from '../design/toast.tsx'
import { joinUp, type Line, newId, removeLine, renameSpeaker, replaceLine, speakersOf, splitLine, writeLine } from './line-edits.ts'
import type { LineActs } from './line-editor.tsx'
import { LineRow } from './line-row.tsx'
import { jumpTo, useMoment } from './media-clock.ts'
import { lineAt, placesIn, timecodeAt, wordAt } from './moment.ts'

interface TranscriptLinesProps {
  readonly asset: AssetDetail
  readonly lines: readonly Line[]
  /** Undefined when they can not be written. */
  readonly change: ((edit: (lines: readonly Line[]) => readonly Line[]) => void) | undefined
  readonly wanted: string
  readonly isFollowed: boolean
}

/** The lines; what is being said is lit, and stays in sight while it is followed. */
export function TranscriptLines({ asset, lines, change, wanted, isFollowed }: TranscriptLinesProps) {
  const [editing, setEditing] = useState('')
  const list = useRef<HTMLOListElement>(null)
  const moment = useMoment(useCallback((ms: number) => {
    const at = lineAt(lines, ms)
    return at < 0 ? '' : `${at} ${wordAt(lines[at]!, ms)}`
  }, [lines]))
  const [place, word] = moment === '' ? [-1, -1] : moment.split(' ').map(Number) as [number, number]
  const speakers = useMemo(() => speakersOf(lines), [lines])
  const shown = useMemo(() => lines.map((line, i) => ({ line, i })).filter(({ line }) => wanted.trim() === '' || placesIn(line.text, wanted).length > 0 || placesIn(line.speaker, wanted).length > 0), [lines, wanted])

  useEffect(() => {
    const [box, row] = [list.current, list.current?.querySelector<HTMLElement>('.is-now')]
    if (!isFollowed || editing !== '' || box === null || row === null || row === undefined) return
    const top = row.offsetTop - box.offsetTop - box.clientHeight / 3
    if (row.offsetTop - box.offsetTop < box.scrollTop || row.offsetTop - box.offsetTop + row.offsetHeight > box.scrollTop + box.clientHeight) box.scrollTo({ top, behavior: 'smooth' })
  }, [place, isFollowed, editing])

  const jump = useCallback((ms: number) => jumpTo(ms), [])
  const copy = useCallback((line: Line) => {
    const text = `[${timecodeAt(line.fromMs, asset.probe.timecode, asset.probe.framesPerSecond)}] ${line.speaker === '' ? '' : `${line.speaker}: `}${line.text}`
    navigator.clipboard.writeText(text).then(() => toast(`Copied: ${text.slice(0, 80)}`), () => toast('This browser lets pages copy only over HTTPS or on this machine.', 'bad'))
  }, [asset])
  const close = (id: string): void => {
    setEditing('')
    requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-edit="${id}"]`)?.focus())
  }

  function actsOf(line: Line): LineActs | undefined {
    if (change === undefined) return undefined
    const written = (all: readonly Line[], text: string, speaker: string): Line[] => writeLine(speaker.trim() === line.speaker ? all : replaceLine(all, line.id, { speaker: speaker.trim() }), line.id, text)
    const save = (text: string, speaker: string): void => {
      if (text.trim() !== line.text || speaker.trim() !== line.speaker) change((all) => written(all, text, speaker))
      const others = lines.filter((one) => one.speaker === line.speaker && one.id !== line.id).length
      if (line.speaker !== '' && speaker.trim() !== line.speaker && others > 0) toast(`${line.speaker} speaks in ${plural(others, 'other line')}.`, 'plain', { label: `Call them ${speaker.trim() || 'nobody'} there, too`, act: () => change((all) => renameSpeaker(all, line.speaker, speaker.trim())) })
    }
    return {
      save: (text, speaker) => { save(text, speaker); close(line.id) },
      split: (text, at, speaker) => {
        const second = newId()
        change((all) => splitLine(replaceLine(all, line.id, { speaker: speaker.trim() }), line.id, text, at, second))
        setEditing(second)
      },
      joinUp: (text) => {
        const above = lines[lines.findIndex((one) => one.id === line.id) - 1]
        change((all) => joinUp(all, line.id, text))
        setEditing(above?.id ?? '')
      },
      remove: () => {
        const next = lines[lines.findIndex((one) => one.id === line.id) + 1]
        change((all) => removeLine(all, line.id))
        close(next?.id ?? '')
      },
      cancel: () => close(line.id),
      go: (step, text, speaker) => {
        save(text, speaker)
        setEditing(lines[lines.findIndex((one) => one.id === line.id) + step]?.id ?? line.id)
      }
    }
  }

  if (shown.length === 0) return <p className="dim">{wanted.trim() === '' ? 'Nobody speaks in this clip.' : `Nothing is said like “${wanted.trim()}”.`}</p>
  return (
    <ol className="transcript-lines" ref={list} tabIndex={0} aria-label="Lines">
      {shown.map(({ line, i }) => (
        <LineRow key={line.id} line={line} isFirst={i === 0} isNow={i === place} word={i === place ? word : -1} wanted={wanted} speakers={editing === line.id ? speakers : NOBODY}
          edit={change === undefined ? undefined : setEditing} acts={editing === line.id ? actsOf(line) : undefined} jump={jump} copy={copy} />
      ))}
    </ol>
  )
}

const NOBODY: readonly string[] = []
