import { Icon } from '../../design/icon.tsx'
import { LayoutPicker } from './layout-picker.tsx'
import { changeWall, useWall } from './wall-settings.ts'

interface ToolbarProps {
  readonly onPick: () => void
  readonly onFullScreen: () => void
}

/** What can be done with the whole wall. */
export function WallToolbar({ onPick, onFullScreen }: ToolbarProps) {
  const { layout, soundOnHover, statistics, lowDelay } = useWall()
  return (
    <div className="row wrap wall-toolbar" role="toolbar" aria-label="Wall">
      <LayoutPicker layout={layout} />
      <button type="button" className="button icon" aria-label="Choose cameras" title="Choose cameras and their order" onClick={onPick}><Icon name="choose" /></button>
      <button type="button" className="button icon" aria-label="Sound follows the pointer" title="Sound follows the pointer" aria-pressed={soundOnHover} onClick={() => changeWall({ soundOnHover: !soundOnHover })}><Icon name="sound" /></button>
      <button type="button" className="button icon" aria-label="Low delay" title="Low delay: pictures are shown as they come, less evenly (L)" aria-pressed={lowDelay} onClick={() => changeWall({ lowDelay: !lowDelay })}><Icon name="fast" /></button>
      <button type="button" className="button icon" aria-label="Statistics" title="Statistics of every tile (I)" aria-pressed={statistics} onClick={() => changeWall({ statistics: !statistics })}><Icon name="statistics" /></button>
      <button type="button" className="button icon" aria-label="Wall on the full screen" title="Wall on the full screen (F)" onClick={onFullScreen}><Icon name="full" /></button>
    </div>
  )
}

/** Which page of the wall is shown, and the way to the others; nothing when there is only one. */
export function WallPager({ page, pages, go }: { readonly page: number; readonly pages: number; readonly go: (page: number) => void }) {
  if (pages < 2) return null
  return (
    <nav className="row wall-pager" aria-label="Pages of the wall">
      <button type="button" className="button quiet icon" aria-label="Cameras before" title="Cameras before ([)" disabled={page === 0} onClick={() => go(page - 1)}><Icon name="left" /></button>
      <span className="num small dim" role="status">{page + 1} of {pages}</span>
      <button type="button" className="button quiet icon" aria-label="Cameras after" title="Cameras after (])" disabled={page === pages - 1} onClick={() => go(page + 1)}><Icon name="right" /></button>
    </nav>
  )
}
