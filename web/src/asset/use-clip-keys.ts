import { useEffect, useState } from 'react'
import type { AssetDetail } from '#protocols/http.ts'
import { frameMsOf, transportKeys } from '../player/transport-keys.ts'
import { useShortcuts } from '../shell/shortcuts.ts'
import { MediaDeck } from './media-deck.ts'
import { playing } from './playing.ts'

/** The keys of an editor for what the clip's page plays. */
export function useClipKeys({ kind, probe }: AssetDetail): void {
  const [deck] = useState(() => new MediaDeck(playing))
  useEffect(() => () => deck.rest(), [deck])
  useShortcuts(kind === 'image' ? {} : transportKeys(deck, frameMsOf(probe.framesPerSecond)))
}
