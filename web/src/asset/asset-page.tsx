import { Link, useLocation } from 'wouter'
import type { AssetDetail, AssetEdit } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { put, refetch, useResource } from '../api/resource.ts'
import { Icon } from '../design/icon.tsx'
import { Failure, Notice } from '../design/notice.tsx'
import { toast } from '../design/toast.tsx'
import { MotionPart } from '../motion/motion-part.tsx'
import { AssetMarks, QuickMarks } from '../organise/asset-marks.tsx'
import { Notes } from '../organise/notes.tsx'
import { typingIn, useLookingAt } from '../organise/people.ts'
import { PeopleBadges } from '../organise/people-badges.tsx'
import { useShortcuts, useTitle } from '../shell/shortcuts.ts'
import { useMay } from '../shell/use-may.ts'
import { TranscriptPanel } from '../transcript/transcript-panel.tsx'
import { TakePanel } from '../takes/take-panel.tsx'
import { AssetActions } from './asset-actions.tsx'
import { CloudCopy } from './cloud-copy.tsx'
import { Copies, Facts } from './facts.tsx'
import { Derived } from './derived-list.tsx'
import { MetadataPanel } from './metadata-panel.tsx'
import { Player } from './player.tsx'
import { Rating } from './rating.tsx'
import { Related } from './related.tsx'
import { SaveState } from './save-state.tsx'
import { Scenes } from './scenes.tsx'
import { Tags } from './tags.tsx'
import { useClipKeys } from './use-clip-keys.ts'
import { useDraft } from './use-draft.ts'
import { WordsShown } from './words-shown.tsx'
import './asset.css'

type Save = (edit: AssetEdit) => Promise<void>

/** The clip as it will be. */
function editedAsset(asset: AssetDetail, { addTags = [], removeTags = [], addAlbums = [], removeAlbums = [], marks, fields, notesBase: _base, ...rest }: AssetEdit): AssetDetail {
  const change = (before: readonly string[], add: readonly string[], remove: readonly string[]): string[] => [...before.filter((one) => !remove.includes(one)), ...add.filter((one) => !before.includes(one))]
  return {
    ...asset, ...rest, tags: change(asset.tags, addTags, removeTags), albums: change(asset.albums, addAlbums, removeAlbums),
    marks: { ...asset.marks, ...marks }, fields: Object.fromEntries(Object.entries({ ...asset.fields, ...fields }).filter(([, value]) => value !== ''))
  }
}

/** Shows an edit at once, sends it, and shows the truth again when the node refuses. */
function useSave(path: string, asset: AssetDetail): Save {
  return async (edit) => {
    put<AssetDetail>(path, editedAsset(asset, edit))
    try {
      await api.patch(path, edit)
    } finally {
      refetch(path)
    }
  }
}

function Words({ asset, save, path }: { readonly asset: AssetDetail; readonly save: Save; readonly path: string }) {
  const title = useDraft(asset.title, (title) => save({ title: title.trim() }))
  const quietly = (edit: AssetEdit): void => { save(edit).catch((error: Error) => toast(`Not saved: ${error.message}`, 'bad')) }
  const rate = (rating: number): void => quietly({ rating })
  useShortcuts(Object.fromEntries([0, 1, 2, 3, 4, 5].map((stars) => [String(stars), () => rate(stars)])))
  return (
    <section className="stack asset-edit" aria-label="Description" {...typingIn}>
      <PeopleBadges asset={asset.id} />
      <div>
        <div className="row spread"><label className="label" htmlFor="title">Title</label><SaveState draft={title.draft} retry={title.flush} keepMine={title.keepMine} takeTheirs={title.takeTheirs} /></div>
        <input id="title" className="field title-field" value={title.draft.text} maxLength={500} placeholder={asset.name} onChange={(event) => title.edit(event.target.value)} onBlur={title.flush}
          onKeyDown={(event) => { if (event.key === 'Enter') event.currentTarget.blur() }} />
      </div>
      <div className="row wrap rating-row"><Rating value={asset.rating} rate={rate} /><span className="small dim">{asset.rating === 0 ? 'not rated' : `${asset.rating} of 5`}</span><QuickMarks asset={asset} quietly={quietly} /></div>
      <div><span className="label">Tags</span><Tags tags={asset.tags} add={(addTags) => quietly({ addTags })} remove={(tag) => quietly({ removeTags: [tag] })} /></div>
      <Notes asset={asset} path={path} />
      <AssetMarks asset={asset} save={save} quietly={quietly} />
    </section>
  )
}

function Whole({ asset, path }: { readonly asset: AssetDetail; readonly path: string }) {
  const save = useSave(path, asset)
  const mayChange = useMay().change(asset)
  const name = asset.title || asset.name
  useTitle(name)
  useLookingAt(asset.id)
  useClipKeys(asset)
  return (
    <>
      {mayChange ? <h1 className="hidden">{name}</h1> : null}
      <div className="asset-page">
        <div className="asset-main">
          <MotionPart asset={asset} under={mayChange ? <Words asset={asset} save={save} path={path} /> : <WordsShown asset={asset} />}>{(over) => <Player asset={asset} over={over} />}</MotionPart>
          <Scenes asset={asset} />
          <Related asset={asset} />
        </div>
        <aside className="stack">
          {asset.kind === 'image' ? null : <TranscriptPanel asset={asset} />}
          <section className="card panel"><h2>Copies</h2><CloudCopy asset={asset}><Copies asset={asset} /></CloudCopy></section>
          <section className="card panel"><h2>File</h2><Facts asset={asset} /></section>
          <TakePanel asset={asset.id} />
          <section className="card panel"><h2>Made of it</h2><Derived id={asset.id} /></section>
          <section className="card panel"><h2>Metadata</h2><MetadataPanel id={asset.id} /></section>
        </aside>
      </div>
    </>
  )
}

/** One clip: played, described, and where its bytes are. */
export function AssetPage({ id }: { readonly id: string }) {
  useTitle('Clip')
  const path = `/assets/${encodeURIComponent(id)}`
  const { data, error, refresh } = useResource<AssetDetail>(path)
  const [, navigate] = useLocation()
  const leave = (): void => { if (history.length > 1) history.back(); else navigate('/library') }
  useShortcuts({ Escape: leave })
  const back = <Link className="button" href="/library">Go to the library</Link>
  return (
    <div className="page">
      <div className="row spread asset-head">
        <button type="button" className="button quiet back" onClick={leave}><Icon name="left" />Library</button>
        {data === undefined ? null : <AssetActions asset={data} onDeleted={() => navigate('/library')} />}
      </div>
      {data === undefined && error?.status === 404 ? <Notice isWhole icon="library" title="This clip is not in the library" actions={back}>It was deleted, or this node has not heard of it yet. If another node shows it, wait a moment and try again.</Notice> : null}
      {data === undefined && error !== undefined && error.status !== 404 ? <Failure isWhole title="The clip cannot be shown" error={error} retry={refresh} /> : null}
      {data === undefined && error === undefined ? <div className="asset-page" aria-busy="true"><div className="skeleton stage-skeleton" /><div className="skeleton" /></div> : null}
      {data === undefined ? null : <Whole asset={data} path={path} />}
    </div>
  )
}
