/** Which folders of this machine may be read as cards: what the page of cards lists, and the folders that its administrator let this node read. */
import { realpath } from 'node:fs/promises'
import { dirname, isAbsolute } from 'node:path'
import { RefusedError } from '#protocols/errors.ts'
import type { Folders } from '../../folders/folders.ts'
import { isWithin } from '../../library/within.ts'
import { findCards } from './cards.ts'

export interface CardPlacesComponents {
  readonly folders: Pick<Folders, 'holding'>
  /** @default what is mounted or lies under CARD_PLACES */
  readonly cards?: () => Promise<ReadonlyArray<{ readonly path: string }>>
}

/** Where cards may be read. */
export interface CardPlaces {
  /** The folder behind a path, links resolved, if it may be read. Nothing is said of what lies elsewhere. @throws InvalidInputError, RefusedError */
  check(path: string): Promise<string>
}

/** `dataFolder`: the node's own data, which is never read as a card. */
export function createCardPlaces({ folders, cards = findCards }: CardPlacesComponents, { dataFolder }: { readonly dataFolder: string }): CardPlaces {
  async function isOnCard(real: string): Promise<boolean> {
    return (await cards()).some((card) => isWithin(real, card.path))
  }

  return {
    async check(path) {
      const real = isAbsolute(path) ? await realpath(path).catch(() => undefined) : undefined
      const data = await realpath(dataFolder).catch(() => dataFolder)
      if (real !== undefined && (isWithin(real, data) || isWithin(data, real))) throw new RefusedError(`${path} holds the data of this node itself: name another folder, or one in it that is the card`)
      if (real !== undefined && await isOnCard(real)) return real
      try {
        return (await folders.holding(path)).path
      } catch (err) {
        if (!(err instanceof RefusedError)) throw err
        throw new RefusedError(`${path} is no card that this node lists, and lies in no folder it may read. Put the card in, or let an administrator add ${dirname(path)}: "thatdam paths add ${dirname(path)}", or Library → Folders on this node's page`)
      }
    }
  }
}
