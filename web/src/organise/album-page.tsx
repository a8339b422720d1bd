import { type KeyboardEvent, useCallback, useEffect, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import type { AlbumView, AssetList, AssetView } from '#protocols/http.ts'
import { ApiError, api, queryOf } from '../api/client.ts'
import { onHint } from '../api/events.ts'
import { useResource } from '../api/resource.ts'
import { Back } from '../design/back.tsx'
import { plural } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { Failure, Notice } from '../design/notice.tsx'
import { AssetCard } from '../library/asset-card.tsx'
import { moveInGrid } from '../shell/grid-keys.ts'
import { ShareButton } from '../settings/share-dialog.tsx'
import { useTitle } from '../shell/shortcuts.ts'
import { useMay } from '../shell/use-may.ts'
import { AlbumDialog } from './album-dialog.tsx'
import { AlbumExtras } from './album-extras.tsx'
import { BulkBar } from './bulk-bar.tsx'
import { selection, useSelection } from './selection.ts'
import { Side, SideButton } from './side.tsx'
import { OrganiseSidebar } from './sidebar.tsx'
import { editMany } from './undo.ts'
import { useMarkKeys } from './use-mark-keys.ts'
import '../library/library.css'

/** Clips fetched at once. @default 200 */
const PAGE = 200
/** Hints within this time are answered by one renewal, ms. @default 600 */
const CALM_MS = 600

/** The first clips of an album, page after page until there are as many as wanted; `known`: these are read already. */
async function readAlbum(id: string, wanted: () => number, known?: AssetList): Promise<AssetList> {
  let list = known ?? await api.get<AssetList>(`/albums/${id}/assets${queryOf({ limit: PAGE })}`)
  while (list.cursor != null && list.assets.length < wanted()) {
    const page = await api.get<AssetList>(`/albums/${id}/assets${queryOf({ cursor: list.cursor, limit: PAGE })}`)
    list = { ...page, assets: [...list.assets, ...page.assets] }
  }
  return list
}

/** The clips of an album, as many as somebody asked to see, renewed when something changed. */
function useAlbumAssets(id: string) {
  const [list, setList] = useState<AssetList>()
  const [error, setError] = useState<ApiError>()
  const wanted = useRef(PAGE)
  const run = useRef({ isBusy: false, again: false })
  const load = useCallback(async (known?: AssetList): Promise<void> => {
    run.current.again = run.current.isBusy
    if (run.current.isBusy) return
    run.current.isBusy = true
    try {
      setList(await readAlbum(id, () => wanted.current, known))
      setError(undefined)
    } catch (cause) {
      setError(cause instanceof ApiError ? cause : new ApiError(String(cause), 0, 'UNEXPECTED'))
    }
    run.current.isBusy = false
    if (run.current.again) void load()
  }, [id])
  const more = (): void => {
    wanted.current += PAGE
    void load(list)
  }
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    void load()
    const forget = onHint((hint) => {
      if (hint.type !== 'assets' && hint.type !== 'reopened' && !(hint.type === 'records' && hint.kind === 'albums')) return
      timer ??= setTimeout(() => {
        timer = undefined
        void load()
      }, CALM_MS)
    })
    return () => {
      forget()
      clearTimeout(timer)
    }
  }, [load])
  return { list, error, load, more }
}

/** Of each stack the first, with how many it stands for. */
function unstacked(assets: readonly AssetView[]): AssetView[] {
  const seen = new Set<string>()
  return assets.filter(({ marks }) => marks.stack === '' || (!seen.has(marks.stack) && seen.add(marks.stack)))
}

/** One album: what is in it, and everything that can be done to that. */
export function AlbumPage({ id }: { readonly id: string }) {
  const { data: album, error: wrong, refresh } = useResource<AlbumView>(`/albums/${encodeURIComponent(id)}`)
  const { list, error, load, more } = useAlbumAssets(encodeURIComponent(id))
  const [, navigate] = useLocation()
  const [dialog, setDialog] = useState(false)
  const [isOpen, setIsOpen] = useState(false)
  const chosen = useSelection()
  useTitle(album?.name ?? 'Album')
  useMarkKeys()
  const shown = list === undefined ? [] : isOpen ? list.assets : unstacked(list.assets)
  const toggle = (_index: number, one: string, isRange: boolean): void => isRange ? selection.rangeTo(one, shown.map((asset) => asset.id)) : selection.toggle(one)
  const onKey = (event: KeyboardEvent<HTMLElement>): void => {
    const focused = event.ctrlKey || event.metaKey || event.altKey || event.key.toLowerCase() !== 'x' ? undefined : (event.target as HTMLElement).dataset['asset']
    if (focused === undefined) return moveInGrid(event)
    event.preventDefault()
    toggle(0, focused, event.shiftKey)
  }
  const may = useMay()
  const takeOut = (): void => void editMany([...selection.get()], { removeAlbums: [id] }, (count) => `${count} taken out of ${album?.name}`).then(() => selection.clear())
  return (
    <div className="page with-side">
      <Side label="Collections of the library"><OrganiseSidebar /></Side>
      <div className="side-main">
        <div className="page-head">
          <div className="row wrap"><Back href="/library" to="Back to the library" /><h1>{album?.path ?? 'Album'}</h1><span className="dim num" aria-live="polite">{list === undefined ? '' : plural(list.total, 'item')}</span></div>
          <div className="row wrap">
            <SideButton label="Albums and tags" words="Albums" done="Back to the album"><OrganiseSidebar /></SideButton>
            {may.isLimited ? null : <button type="button" className="button quiet" disabled={shown.length === 0} onClick={() => selection.set(shown.map((asset) => asset.id))}>Select all shown</button>}
            {list === undefined || list.assets.length === unstacked(list.assets).length ? null : <button type="button" className="button quiet" aria-pressed={isOpen} onClick={() => setIsOpen(!isOpen)}>Open stacks</button>}
            {album?.kind === 'manual' && chosen.size > 0 && may.edit ? <button type="button" className="button quiet" onClick={takeOut}>Take out of the album</button> : null}
            {album === undefined ? null : <><ShareButton album={album.id} title={album.name} />{may.edit ? <button type="button" className="button" onClick={() => setDialog(true)}>Change</button> : null}</>}
          </div>
        </div>
        {album?.rule == null ? null : <p className="small dim">Filled by the rule <code>{album.rule}</code></p>}
        {album?.problem == null ? null : <p className="why" role="alert">{album.problem}</p>}
        {album === undefined || may.isLimited ? null : <AlbumExtras album={album} />}
        {album === undefined && wrong !== undefined && wrong.status !== 404 ? <Failure title="The album cannot be shown" error={wrong} retry={() => { refresh(); void load() }} /> : null}
        {album === undefined && wrong?.status === 404 ? <Notice icon="library" title="This album is not there" actions={<button type="button" className="button" onClick={() => navigate('/library')}>Go to the library</button>}>{wrong.message}</Notice> : null}
        {error !== undefined && list === undefined && album !== undefined ? <Failure title="The album cannot be shown" error={error} retry={() => void load()} /> : null}
        {list === undefined && error === undefined && wrong === undefined ? <div className="skeleton list-skeleton" aria-busy="true" /> : null}
        {list?.total === 0 ? <Notice icon="library" title="Nothing is in it yet">{album?.kind === 'rule' ? 'Nothing matches its rule now.' : !may.edit ? 'What is put into it appears here.' : 'Drag clips from the library onto its name, or select some and put them into it.'}</Notice> : null}
        <ul className="assets" aria-label="Clips of the album" onKeyDown={onKey}>
          {shown.map((asset, index) => <li key={asset.id} className="cell card-holder"><AssetCard asset={asset} index={index} isActive isSelected={chosen.has(asset.id)} onFocus={() => undefined} onToggle={toggle} /></li>)}
        </ul>
        {list?.cursor == null ? null : <button type="button" className="button" onClick={more}><Icon name="down" />More</button>}
      </div>
      <BulkBar />
      {dialog && album !== undefined ? <AlbumDialog album={album} onClose={() => setDialog(false)} /> : null}
    </div>
  )
}
