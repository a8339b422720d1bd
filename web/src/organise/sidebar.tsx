import { type ReactNode, useState, useSyncExternalStore } from 'react'
import { Link, useLocation, useSearch } from 'wouter'
import type { AlbumView } from '#protocols/http.ts'
import { Icon } from '../design/icon.tsx'
import { Kept } from '../design/kept.ts'
import { AlbumDialog } from './album-dialog.tsx'
import { DefinitionsDialog } from './definitions-dialog.tsx'
import { bringsAssets, droppedAssets, putInAlbum } from './drag.ts'
import { TagDialog } from './tag-dialog.tsx'
import { albumTree, type Branch, tagTree } from './tree.ts'
import { useAlbums, useProjects, useTags } from './use-definitions.ts'
import { useMay } from '../shell/use-may.ts'
import './organise.css'

const folded = new Kept<readonly string[]>('thatdam.folded', (kept) => Array.isArray(kept) ? kept.filter((key) => typeof key === 'string').slice(0, 500) : [])

function useFolded(key: string): readonly [boolean, () => void] {
  const keys = useSyncExternalStore(folded.subscribe, folded.get)
  const isFolded = keys.includes(key)
  return [isFolded, () => folded.set(isFolded ? keys.filter((one) => one !== key) : [...keys, key])]
}

interface ItemProps<T> { readonly branch: Branch<T>; readonly kind: string; readonly line: (branch: Branch<T>) => ReactNode }

function Item<T>({ branch, kind, line }: ItemProps<T>) {
  const [isFolded, toggle] = useFolded(`${kind}:${branch.key}`)
  return (
    <li>
      <div className="tree-line">
        {branch.children.length === 0 ? <span className="tree-fold" /> : <button type="button" className="tree-fold" aria-expanded={!isFolded} aria-label={`${isFolded ? 'Show' : 'Hide'} what is in ${branch.name}`} onClick={toggle}>{isFolded ? '▸' : '▾'}</button>}
        {line(branch)}
      </div>
      {isFolded || branch.children.length === 0 ? null : <ul>{branch.children.map((child) => <Item key={child.key} branch={child} kind={kind} line={line} />)}</ul>}
    </li>
  )
}

function AlbumLine({ album, edit }: { readonly album: AlbumView; readonly edit: () => void }) {
  const [location] = useLocation()
  const [over, setOver] = useState(false)
  const may = useMay()
  const takes = album.kind === 'manual' && may.edit
  return (
    <div className={`tree-name ${over ? 'over' : ''}`} data-album={album.id}
      onDragOver={(event) => { if (takes && bringsAssets(event)) { event.preventDefault(); setOver(true) } }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => { setOver(false); if (!takes || !bringsAssets(event)) return; event.preventDefault(); void putInAlbum(album, droppedAssets(event)) }}>
      <Link href={`/albums/${album.id}`} className="cut" aria-current={location === `/albums/${album.id}` ? 'page' : undefined} title={album.problem ?? album.path}>{album.kind === 'rule' ? '⚙ ' : ''}{album.name}</Link>
      {may.edit ? <button type="button" className="tree-more" aria-label={`Change the album ${album.name}`} onClick={edit}>…</button> : null}
      <span className="small dim num">{album.problem === null ? album.assets : '!'}</span>
    </div>
  )
}

function Section({ title, children, action }: { readonly title: string; readonly children: ReactNode; readonly action?: ReactNode }) {
  return <section><div className="row spread"><h2 className="side-title">{title}</h2>{action}</div>{children}</section>
}

/** Albums, projects and tags beside the library; clips are dropped on albums. */
export function OrganiseSidebar() {
  const [albums, projects, tags] = [useAlbums(), useProjects(), useTags()]
  const [dialog, setDialog] = useState<{ readonly album: AlbumView | 'new' } | { readonly tag: string } | 'definitions'>()
  const may = useMay()
  const tag = new URLSearchParams(useSearch()).get('tag')
  const line = ({ value }: Branch<AlbumView>): ReactNode => value === undefined ? null : <AlbumLine album={value} edit={() => setDialog({ album: value })} />
  const tree = albumTree(albums)
  const close = (): void => setDialog(undefined)
  return (
    <nav className="organise-side" aria-label="Collections">
      <Section title="Albums" action={may.edit ? <button type="button" className="button quiet icon" aria-label="New album" title="New album" onClick={() => setDialog({ album: 'new' })}><Icon name="plus" /></button> : null}>
        {albums.length === 0 ? <p className="small dim">{may.edit ? 'None yet. Select clips, then put them into one.' : 'None yet.'}</p> : null}
        <ul className="tree">{tree.filter(({ value }) => !projects.some(({ id }) => id === value?.project)).map((branch) => <Item key={branch.key} branch={branch} kind="album" line={line} />)}</ul>
      </Section>
      {projects.map((project) => (
        <Section key={project.id} title={project.name}>
          <ul className="tree">{tree.filter(({ value }) => value?.project === project.id).map((branch) => <Item key={branch.key} branch={branch} kind="album" line={line} />)}</ul>
          {project.note === '' ? null : <p className="small dim">{project.note}</p>}
        </Section>
      ))}
      {may.isLimited ? null : <Section title="Tags">
        <ul className="tree">
          {tagTree(tags).map((branch) => (
            <Item key={branch.key} branch={branch} kind="tag" line={({ key, name, count }) => (
              <div className="tree-name">
                <Link href={`/library?tag=${encodeURIComponent(key)}`} className="cut" aria-current={tag === key ? 'page' : undefined}>{name}</Link>
                {may.edit ? <button type="button" className="tree-more" aria-label={`Change ${key}`} onClick={() => setDialog({ tag: key })}>…</button> : null}
                <span className="small dim num">{count === 0 ? '' : count}</span>
              </div>
            )} />
          ))}
        </ul>
      </Section>}
      {may.edit ? <button type="button" className="button quiet small side-button" onClick={() => setDialog('definitions')}>Projects, fields, states</button> : null}
      {dialog === 'definitions' ? <DefinitionsDialog onClose={close} /> : dialog === undefined ? null : 'tag' in dialog ? <TagDialog tag={dialog.tag} onClose={close} /> : <AlbumDialog album={dialog.album === 'new' ? undefined : dialog.album} onClose={close} />}
    </nav>
  )
}
