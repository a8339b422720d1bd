import { type RefObject, useEffect, useState } from 'react'
import type { AssetHit } from '#protocols/http.ts'
import type { GridHandle } from './asset-grid.tsx'
import type { AssetPages } from './asset-pages.ts'
import { placeBeside } from './grid-geometry.ts'
import type { Library } from './use-library.ts'

/** A clip that is looked at, and its place in the list; while the one of that place is fetched, the last one. */
export interface Look { readonly index: number; readonly asset: AssetHit; readonly isComing: boolean }

/** A look at one clip after the other, of whatever list the library shows. */
export function useLook({ pages, version }: Library, grid: RefObject<GridHandle | null>) {
  const [look, setLook] = useState<Look>()
  useEffect(() => setLook(undefined), [pages])
  useEffect(() => setLook((now) => now === undefined ? now : lookAgain(pages, now)), [pages, version])
  return {
    look,
    close: (): void => setLook(undefined),
    open(index: number): void {
      const asset = pages.at(index)
      if (asset !== undefined) setLook({ index, asset, isComing: false })
    },
    /** To the clip that an arrow leads to. */
    step(key: string): void {
      const next = look === undefined || grid.current === null ? undefined : placeBeside(grid.current.geometry, look.index, key)
      if (look === undefined || next === undefined) return
      grid.current?.goTo(next)
      setLook(lookAgain(pages, { index: next, asset: look.asset, isComing: true }))
    }
  }
}

/** The same clip wherever it is now, or the one that was waited for. */
function lookAgain(pages: AssetPages, look: Look): Look {
  const index = look.isComing ? look.index : pages.placeOf(look.asset.id)
  const asset = index === undefined ? undefined : pages.at(index)
  return index === undefined || asset === undefined ? look : { index, asset, isComing: false }
}
