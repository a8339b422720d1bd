import type { RefObject } from 'react'
import { GuidesLayer } from './guides-layer.tsx'
import { Legend } from './legend.tsx'
import { type OverlaySettings, hasGuides, paintsPicture } from './overlay-settings.ts'
import { PictureLayer } from './picture-layer.tsx'
import { ScopeLayer } from './scope-layer.tsx'
import './overlays.css'

/** Everything that is drawn over one tile's picture; each layer is there only while it is on. */
export function TileOverlays({ video, settings }: { readonly video: RefObject<HTMLVideoElement | null>; readonly settings: OverlaySettings }) {
  return (
    <div className="layers" aria-hidden="true">
      {paintsPicture(settings) ? <PictureLayer video={video} settings={settings} /> : null}
      {hasGuides(settings) ? <GuidesLayer video={video} settings={settings} /> : null}
      {settings.scope === 'none' ? null : <ScopeLayer video={video} settings={settings} />}
      {settings.falseColour ? <Legend names={false} /> : null}
    </div>
  )
}
