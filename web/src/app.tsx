import { Link, Route, Switch } from 'wouter'
import { AssetPage } from './asset/asset-page.tsx'
import { CameraPage } from './camera/camera-page.tsx'
import { Notice } from './design/notice.tsx'
import { JobsPage } from './jobs/jobs-page.tsx'
import { WorkflowsPage } from './jobs/workflows-page.tsx'
import { DropZone } from './library/drop-zone.tsx'
import { DuplicatesPage } from './library/duplicates-page.tsx'
import { FoldersPage } from './folders/folders-page.tsx'
import { ImportPage } from './imports/import-page.tsx'
import { ImportsPage } from './imports/imports-page.tsx'
import { LibraryPage } from './library/library-page.tsx'
import { TrashPage } from './library/trash-page.tsx'
import { UploadPanel } from './library/upload-panel.tsx'
import { AlbumPage } from './organise/album-page.tsx'
import { LivePage } from './live/live-page.tsx'
import { MapPage } from './moments/map-page.tsx'
import { MomentsPage } from './moments/moments-page.tsx'
import { PlayerPage } from './player/player-page.tsx'
import { RecordingsPage } from './recordings/recordings-page.tsx'
import { RingPage } from './ring/ring-page.tsx'
import { RollPage } from './rolls/roll-page.tsx'
import { RollsPage } from './rolls/rolls-page.tsx'
import { SettingsPage } from './settings/settings-page.tsx'
import { Shell } from './shell/shell.tsx'
import { TakePage } from './takes/take-page.tsx'
import { TakesPage } from './takes/takes-page.tsx'

/** The pages and their addresses. */
export function App() {
  return (
    <Shell>
      <Switch>
        <Route path="/"><LivePage /></Route>
        <Route path="/camera"><CameraPage /></Route>
        <Route path="/library"><LibraryPage /></Route>
        <Route path="/library/duplicates"><DuplicatesPage /></Route>
        <Route path="/library/:id">{({ id }) => <AssetPage key={id} id={id} />}</Route>
        <Route path="/albums/:id">{({ id }) => <AlbumPage key={id} id={id} />}</Route>
        <Route path="/folders"><FoldersPage /></Route>
        <Route path="/imports"><ImportsPage /></Route>
        <Route path="/imports/:id">{({ id }) => <ImportPage key={id} id={id} />}</Route>
        <Route path="/trash"><TrashPage /></Route>
        <Route path="/moments"><MomentsPage /></Route>
        <Route path="/moments/map"><MapPage /></Route>
        <Route path="/recordings"><RecordingsPage /></Route>
        <Route path="/recordings/:camera">{({ camera }) => <PlayerPage key={camera} camera={camera} />}</Route>
        <Route path="/jobs"><JobsPage /></Route>
        <Route path="/workflows"><WorkflowsPage /></Route>
        <Route path="/rolls"><RollsPage /></Route>
        <Route path="/rolls/:id">{({ id }) => <RollPage key={id} id={id} />}</Route>
        <Route path="/takes"><TakesPage /></Route>
        <Route path="/takes/:id">{({ id }) => <TakePage key={id} id={id} />}</Route>
        <Route path="/ring"><RingPage /></Route>
        <Route path="/settings"><SettingsPage /></Route>
        <Route path="/settings/:part">{({ part }) => <SettingsPage part={part} />}</Route>
        <Route>
          <div className="page">
            <Notice isWhole icon="search" title="There is no such page" actions={<Link className="button" href="/">Go to the live cameras</Link>}>The address may be mistyped, or the page it named is gone.</Notice>
          </div>
        </Route>
      </Switch>
      <DropZone />
      <UploadPanel />
    </Shell>
  )
}
