import { useState } from 'react'
import type { BulkEditRequest } from '#protocols/http.ts'
import { parseTags } from '../asset/tags.tsx'
import { plural } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { ShareButton } from '../settings/share-dialog.tsx'
import { useMay } from '../shell/use-may.ts'
import { PutInStep } from '../takes/put-in-step.tsx'
import { AlbumDialog } from './album-dialog.tsx'
import { putInAlbum } from './drag.ts'
import { ExportMenu } from './export-menu.tsx'
import { AlbumPicker, FlagPicker, LabelPicker } from './mark-pickers.tsx'
import { selection, useSelection } from './selection.ts'
import { editMany } from './undo.ts'
import { useAlbums, useFields, useStates } from './use-definitions.ts'
import './organise.css'

type Patch = BulkEditRequest['patch']

function TagField({ change }: { readonly change: (patch: Patch, words: string) => void }) {
  const [text, setText] = useState('')
  const commit = (): void => {
    const typed = parseTags(text, [])
    const [add, remove] = [typed.filter((tag) => !tag.startsWith('-')), typed.filter((tag) => tag.startsWith('-')).map((tag) => tag.slice(1).trim()).filter((tag) => tag !== '')]
    setText('')
    if (add.length + remove.length > 0) change({ addTags: add, removeTags: remove }, [...add, ...remove.map((tag) => `no ${tag}`)].join(', '))
  }
  return <input className="field" aria-label="Tags for all that are selected" placeholder="Tags, -without" value={text} maxLength={400} onChange={(event) => setText(event.target.value)} onKeyDown={(event) => { if (event.key === 'Enter') commit() }} />
}

function FieldSetter({ change }: { readonly change: (patch: Patch, words: string) => void }) {
  const fields = useFields()
  const [name, setName] = useState('')
  const [value, setValue] = useState('')
  const field = fields.find((one) => one.name === name)
  if (fields.length === 0) return null
  const commit = (text: string): void => { if (field !== undefined) change({ fields: { [name]: text.trim() } }, `${name} ${text.trim() || 'taken away'}`) }
  return (
    <span className="row">
      <select className="field" aria-label="Own field" value={name} onChange={(event) => { setName(event.target.value); setValue('') }}><option value="">Field…</option>{fields.map((one) => <option key={one.id}>{one.name}</option>)}</select>
      {field === undefined ? null : field.type === 'choice'
        ? <select className="field" aria-label={name} value="" onChange={(event) => commit(event.target.value)}><option value="">choose</option>{field.choices.map((choice) => <option key={choice}>{choice}</option>)}</select>
        : <input className="field" aria-label={name} type={field.type === 'text' ? 'text' : field.type} value={value} onChange={(event) => setValue(event.target.value)} onKeyDown={(event) => { if (event.key === 'Enter') commit(value) }} />}
    </span>
  )
}

/** What an editor does to them. */
function Edits({ ids }: { readonly ids: readonly string[] }) {
  const [albums, states] = [useAlbums(), useStates()]
  const [isMaking, setIsMaking] = useState(false)
  const change = (patch: Patch, words: string): void => void editMany(ids, patch, (count) => `${count}: ${words}`)
  return (
    <>
      <TagField change={change} />
      <select className="field" aria-label="Rating of all that are selected" value="" onChange={(event) => { if (event.target.value !== '') change({ rating: Number(event.target.value) }, event.target.value === '0' ? 'not rated' : '★'.repeat(Number(event.target.value))) }}>
        <option value="">Rating</option>{[5, 4, 3, 2, 1].map((stars) => <option key={stars} value={stars}>{'★'.repeat(stars)}</option>)}<option value="0">none</option>
      </select>
      <LabelPicker value="" set={(label) => change({ marks: { label } }, label)} />
      <FlagPicker value="" set={(flag) => change({ marks: { flag } }, flag)} />
      <select className="field" aria-label="State of all that are selected" value="" onChange={(event) => { if (event.target.value !== '') change({ marks: { state: event.target.value === '\0' ? '' : event.target.value } }, event.target.value === '\0' ? 'no state' : event.target.value) }}>
        <option value="">State</option>{states.map(({ id, name }) => <option key={id} value={name}>{name}</option>)}<option value={'\0'}>none</option>
      </select>
      <AlbumPicker albums={albums} words="Into album" choose={(album) => void putInAlbum(album, ids)} create={() => setIsMaking(true)} />
      <FieldSetter change={change} />
      {ids.length > 1 ? <button type="button" className="button" onClick={() => change({ marks: { stack: crypto.randomUUID?.() ?? ids[0]?.slice(0, 36) ?? '' } }, 'a stack')}>Stack</button> : null}
      <button type="button" className="button" onClick={() => change({ marks: { stack: '' } }, 'no stack')}>Unstack</button>
      <PutInStep ids={ids} />
      <button type="button" className="button danger" onClick={() => { change({ deleted: true }, 'in the trash'); selection.clear() }}><Icon name="trash" />Trash</button>
      {isMaking ? <AlbumDialog album={undefined} ids={ids} onClose={() => setIsMaking(false)} /> : null}
    </>
  )
}

/** Tells the rest of the page how high the bar is, so that nothing else at the bottom lies over it. */
function keepClear(bar: HTMLElement | null): (() => void) | undefined {
  if (bar === null) return undefined
  const { style } = document.documentElement
  const observer = new ResizeObserver(() => style.setProperty('--chosen', `${bar.offsetHeight + 12}px`))
  observer.observe(bar)
  return () => {
    observer.disconnect()
    style.removeProperty('--chosen')
  }
}

/** What can be done to all selected clips at once; there while any is chosen. */
export function BulkBar() {
  const chosen = useSelection()
  const { edit } = useMay()
  if (chosen.size === 0) return null
  const ids = [...chosen]
  return (
    <div ref={keepClear} className="bulk-bar" role="toolbar" aria-label="Selected clips">
      <span className="row"><strong className="num" aria-live="polite">{plural(ids.length, 'clip')} selected</strong><button type="button" className="button quiet" onClick={() => selection.clear()}>Clear</button></span>
      {edit ? <Edits ids={ids} /> : null}
      <ShareButton assets={ids} title="" />
      {edit ? <ExportMenu selection={{ ids }} /> : null}
    </div>
  )
}
