import { Link } from 'wouter'
import type { AssetDetail, AssetEdit, FieldView } from '#protocols/http.ts'
import { SaveState } from '../asset/save-state.tsx'
import { useDraft } from '../asset/use-draft.ts'
import { useShortcuts } from '../shell/shortcuts.ts'
import { useMay } from '../shell/use-may.ts'
import { AlbumPicker, FlagPicker, LabelPicker } from './mark-pickers.tsx'
import { editOfKey, MARK_KEYS } from './marks.ts'
import { useAlbums, useFields, useStates } from './use-definitions.ts'
import './organise.css'

type Save = (edit: AssetEdit) => Promise<void>

/** Licences people choose from; any other words do as well. */
const LICENCES = ['All rights reserved', 'CC0 1.0', 'CC BY 4.0', 'CC BY-SA 4.0', 'CC BY-NC 4.0', 'Editorial use only', 'Stock, royalty-free']

interface LineProps { readonly id: string; readonly name: string; readonly value: string; readonly save: (text: string) => Promise<unknown>; readonly type?: string; readonly list?: string }

function Line({ id, name, value, save, type = 'text', list }: LineProps) {
  const { draft, edit, flush, keepMine, takeTheirs } = useDraft(value, (text) => save(text.trim()))
  return (
    <div>
      <div className="row spread"><label className="label" htmlFor={id}>{name}</label>{draft.state === 'saved' ? null : <SaveState draft={draft} retry={flush} keepMine={keepMine} takeTheirs={takeTheirs} />}</div>
      <input id={id} className="field" type={type} list={list} maxLength={2_000} step={type === 'number' ? 'any' : undefined} value={draft.text} onChange={(event) => edit(event.target.value)} onBlur={flush} />
    </div>
  )
}

function OwnField({ field: { id, name, type, choices }, value, save, quietly }: { readonly field: FieldView; readonly value: string; readonly save: Save; readonly quietly: QuickProps['quietly'] }) {
  if (type !== 'choice') return <Line id={`own-${id}`} name={name} value={value} save={(text) => save({ fields: { [name]: text } })} type={type === 'text' ? 'text' : type} />
  return (
    <label><span className="label">{name}</span>
      <select className="field" data-field={name} value={value} onChange={(event) => quietly({ fields: { [name]: event.target.value } })}><option value="">none</option>{[...new Set([...choices, value])].filter((one) => one !== '').map((choice) => <option key={choice}>{choice}</option>)}</select>
    </label>
  )
}

function InAlbums({ asset, quietly }: { readonly asset: AssetDetail; readonly quietly: (edit: AssetEdit) => void }) {
  const albums = useAlbums()
  const { fill } = useMay()
  const within = albums.filter(({ id }) => asset.albums.includes(id))
  return (
    <div>
      <span className="label">Albums</span>
      <div className="tags">
        {within.map(({ id, path }) => <span key={id} className="chip"><Link href={`/albums/${id}`}>{path}</Link>{fill(id) ? <button type="button" aria-label={`Take it out of ${path}`} onClick={() => quietly({ removeAlbums: [id] })}>×</button> : null}</span>)}
        <AlbumPicker albums={albums.filter(({ id }) => !asset.albums.includes(id) && fill(id))} words="Put into an album" choose={({ id }) => quietly({ addAlbums: [id] })} />
      </div>
    </div>
  )
}

interface QuickProps { readonly asset: AssetDetail; readonly quietly: (edit: AssetEdit) => void }

/** What is decided at a glance, and by a key: label, flag, state. */
export function QuickMarks({ asset: { marks: { label, flag, state } }, quietly }: QuickProps) {
  const states = useStates()
  const names = [...new Set([...states.map(({ name }) => name), state])].filter((name) => name !== '')
  useShortcuts(Object.fromEntries(MARK_KEYS.filter((key) => !/^[0-5]$/.test(key)).map((key) => [key, () => { const edit = editOfKey(key); if (edit !== undefined) quietly(edit.patch) }])))
  return (
    <>
      <LabelPicker value={label} set={(value) => quietly({ marks: { label: value } })} />
      <FlagPicker value={flag} set={(value) => quietly({ marks: { flag: value } })} />
      <label className="row"><span className="hidden">State</span>
        <select className="field" data-field="state" value={state} onChange={(event) => quietly({ marks: { state: event.target.value } })}><option value="">no state</option>{names.map((name) => <option key={name}>{name}</option>)}</select>
      </label>
    </>
  )
}

/** What else people sort a clip by: albums, rights, their own fields. */
export function AssetMarks({ asset, save, quietly }: QuickProps & { readonly save: Save }) {
  const fields = useFields()
  const { licence, releases } = asset.marks
  const others = Object.entries(asset.fields).filter(([name]) => !fields.some((field) => field.name === name))
  return (
    <>
      <InAlbums asset={asset} quietly={quietly} />
      <div className="own-fields">
        <Line id="licence" name="Licence" value={licence} list="licences" save={(text) => save({ marks: { licence: text } })} />
        <Line id="releases" name="Releases" value={releases} save={(text) => save({ marks: { releases: text } })} />
        {fields.map((field) => <OwnField key={field.id} field={field} value={asset.fields[field.name] ?? ''} save={save} quietly={quietly} />)}
        {others.map(([name, value]) => <Line key={name} id={`other-${name}`} name={name} value={value} save={(text) => save({ fields: { [name]: text } })} />)}
      </div>
      <datalist id="licences">{LICENCES.map((one) => <option key={one} value={one} />)}</datalist>
    </>
  )
}
