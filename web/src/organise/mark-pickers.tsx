import type { AlbumView } from '#protocols/http.ts'
import { LABELS } from './marks.ts'

interface PickerProps { readonly value: string; readonly set: (value: string) => void }

/** Colour labels; the one that is set takes itself away. */
export function LabelPicker({ value, set }: PickerProps) {
  return (
    <div className="labels" role="group" aria-label="Label">
      {LABELS.map((label) => <button key={label} type="button" className={`label-dot ${label}`} aria-pressed={value === label} aria-label={label} title={label} onClick={() => set(value === label ? '' : label)} />)}
    </div>
  )
}

export function FlagPicker({ value, set }: PickerProps) {
  return (
    <div className="row" role="group" aria-label="Flag">
      {([['pick', '⚑ Pick'], ['reject', '✕ Reject']] as const).map(([flag, words]) => <button key={flag} type="button" className="button" aria-pressed={value === flag} onClick={() => set(value === flag ? '' : flag)}>{words}</button>)}
    </div>
  )
}

/** Albums filled by hand, to choose one. */
export function AlbumPicker({ albums, words, choose, create }: { readonly albums: readonly AlbumView[]; readonly words: string; readonly choose: (album: AlbumView) => void; readonly create?: () => void }) {
  return (
    <select className="field" aria-label={words} value="" onChange={({ target }) => {
      const album = albums.find(({ id }) => id === target.value)
      if (album !== undefined) choose(album)
      else if (target.value === 'new') create?.()
    }}>
      <option value="">{words}</option>
      {albums.filter(({ kind }) => kind === 'manual').map(({ id, path }) => <option key={id} value={id}>{path}</option>)}
      {create === undefined ? null : <option value="new">New album…</option>}
    </select>
  )
}
