import { useState } from 'react'
import type { AssetDetail, TranscriptView } from '#protocols/http.ts'
import { formatMoment, plural } from '../design/format.ts'
import { toast } from '../design/toast.tsx'
import { wayBack } from '../organise/undo.ts'
import { useMay } from '../shell/use-may.ts'
import { newId } from './line-edits.ts'
import { jumpTo, playedMs } from './media-clock.ts'
import { clockOf, placesIn } from './moment.ts'
import { TranscriptLines } from './transcript-lines.tsx'
import { TranscriptMenu } from './transcript-menu.tsx'
import { type TranscriptEditing, useTranscript } from './use-transcript.ts'
import { emptyWords, languageWords, originWords, versionName } from './words.ts'
import './transcript.css'

const failed = (error: unknown): void => toast(error instanceof Error ? error.message : String(error), 'bad')

interface PartProps { readonly asset: AssetDetail; readonly editing: TranscriptEditing; readonly mayWrite: boolean }

function Empty({ asset, editing, mayWrite }: PartProps) {
  const { title, text } = emptyWords(editing.state!)
  const write = (): void => {
    const fromMs = Math.round(playedMs())
    editing.put({ lines: [{ id: newId(), fromMs, toMs: fromMs + 2_000, text: 'What is said here' }] }).catch(failed)
  }
  return (
    <div className="stack">
      <h3>{title}</h3>
      <p className="dim">{text}</p>
      {mayWrite ? <div className="row wrap"><button type="button" className="button" onClick={write}>Write it yourself</button><TranscriptMenu asset={asset.id} version="" hasLines={false} put={editing.put} /></div> : null}
    </div>
  )
}

function About({ view }: { readonly view: TranscriptView }) {
  const facts = [originWords(view), languageWords(view), view.editedAtMs === null ? '' : formatMoment(view.editedAtMs), view.dropped === 0 ? '' : `${plural(view.dropped, 'repeated word')} left out`]
  return <p className="small dim transcript-about">{facts.filter((fact) => fact !== '').join(' · ')}</p>
}

function Sections({ view }: { readonly view: TranscriptView }) {
  if (view.chapters.length < 2) return null
  return (
    <details className="transcript-sections">
      <summary>{plural(view.chapters.length, 'section')}</summary>
      <ol>{view.chapters.map(({ fromMs, title, line }) => <li key={line}><button type="button" className="link" onClick={() => jumpTo(fromMs)}><span className="num">{clockOf(fromMs)}</span> {title}</button></li>)}</ol>
    </details>
  )
}

interface VersionsProps {
  readonly versions: readonly string[]
  readonly version: string
  readonly choose: (version: string) => void
  readonly mayWrite: boolean
  readonly useThis: () => void
  readonly listen: () => void
}

function Versions({ versions, version, choose, mayWrite, useThis, listen }: VersionsProps) {
  const mayListen = mayWrite && versions.every((one) => one === 'edited' || one === 'original')
  if (versions.length < 2) return mayListen ? <div><button type="button" className="button" onClick={listen}>Have it listened to</button></div> : null
  return (
    <div className="row wrap">
      <select className="field" aria-label="Version" value={version === '' ? versions[0] : version} onChange={({ target }) => choose(target.value === versions[0] ? '' : target.value)}>
        {versions.map((one) => <option key={one} value={one}>{versionName(one)}</option>)}
      </select>
      {version === '' || !mayWrite ? null : <button type="button" className="button" onClick={useThis}>Go back to this one</button>}
      {mayListen ? <button type="button" className="button" onClick={listen}>Have it listened to</button> : null}
    </div>
  )
}

/** What is said, beside the player: read, searched, written, taken along. */
function Transcript({ asset, editing, mayWrite, version, choose }: PartProps & { readonly version: string; readonly choose: (version: string) => void }) {
  const [wanted, setWanted] = useState('')
  const [isFollowed, setFollowed] = useState(true)
  const { state, lines, isSaving, failed: reason, tryAgain, change, put, listen, goBack } = editing
  const view = state!.transcript!
  const found = wanted.trim() === '' ? undefined : lines.reduce((sum, { text }) => sum + placesIn(text, wanted).length, 0)
  const useThis = (): void => {
    const isNext = state!.versions[0] === 'edited' && state!.versions[1] === version
    void (isNext ? goBack() : put({ language: view.language, lines })).then((undo) => { choose(''); toast('This version is shown first now.', 'plain', wayBack(undo)) }).catch(failed)
  }
  return (
    <>
      <About view={view} />
      <div className="row wrap transcript-tools">
        <input className="field" type="search" aria-label="Search in what is said" placeholder="Search in what is said" value={wanted} maxLength={200} onChange={({ target }) => setWanted(target.value)} />
        <button type="button" className="button" aria-pressed={isFollowed} onClick={() => setFollowed(!isFollowed)}>Follow</button>
        <TranscriptMenu asset={asset.id} version={version} hasLines={lines.length > 0} put={mayWrite ? put : undefined} />
      </div>
      <Versions versions={state!.versions} version={version} choose={choose} mayWrite={mayWrite} useThis={useThis} listen={() => { listen().then(() => toast('A model listens to it; what it hears is among the versions then.')).catch(failed) }} />
      {reason === '' ? null : <p className="small" role="alert"><span className="why">Not saved: {reason}</span> <button type="button" className="link" onClick={tryAgain}>Try again</button></p>}
      <p className="small dim" role="status">{isSaving && reason === '' ? 'Saving…' : found === undefined ? '' : plural(found, 'place')}</p>
      <Sections view={view} />
      <TranscriptLines asset={asset} lines={lines} change={version === '' && mayWrite ? change : undefined} wanted={wanted} isFollowed={isFollowed} />
    </>
  )
}

/** The transcript of a clip, or why there is none. */
export function TranscriptPanel({ asset }: { readonly asset: AssetDetail }) {
  const [version, choose] = useState('')
  const editing = useTranscript(asset.id, version)
  const mayWrite = useMay().change(asset)
  const { state, error, refresh } = editing
  return (
    <section className="card panel transcript" aria-label="Transcript">
      <h2>Transcript</h2>
      {state === undefined && error === undefined ? <p className="dim" aria-busy="true">Looking for it…</p> : null}
      {state === undefined && error !== undefined ? <div role="alert"><p className="why">{error.message}</p><button type="button" className="button" onClick={refresh}>Try again</button></div> : null}
      {state === undefined ? null : state.transcript === null ? <Empty asset={asset} editing={editing} mayWrite={mayWrite} /> : <Transcript asset={asset} editing={editing} mayWrite={mayWrite} version={version} choose={choose} />}
    </section>
  )
}
