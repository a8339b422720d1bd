/** The card itself, while it is in the machine: what lies on it that its roll does not have. */
import { lstat } from 'node:fs/promises'
import { basename } from 'node:path'
import { type CardFile, readCard } from './card-files.ts'
import type { CardPlaces } from './card-places.ts'
import { keptAnswers } from '../kept-answers.ts'
import type { RollList } from '../rolls/roll-list.ts'
import type { Roll, RollFields } from '../rolls/roll-record.ts'
import { isHistoryPath, isSameFile } from './same-card.ts'

/** What was seen holds for this long, in ms, or for ten times as long as looking took. @default 3000 */
export const SEEN_MS = 3_000
/** A card that has not told its files after this long is not looked at, in ms. @default 60000 */
export const LOOK_MS = 60_000
/** Rolls of one name or place that are compared with a card, newest first. @default 20 */
export const MAX_CANDIDATES = 20

export interface InsertedComponents {
  readonly self: string
  readonly places: CardPlaces
  rolls(): readonly Roll[]
  files(roll: Roll): Promise<RollList>
  isWorking(rollId: string): boolean
  put(id: string, fields: RollFields): Promise<void>
}

export interface InsertedCard {
  readonly rollId: string
  /** Files that the roll does not have, or has otherwise. */
  readonly left: number
}

export interface Inserted {
  /** The newest roll of the card that is at this folder, if there is one; all nodes are told what the card has beyond it. */
  at(path: string): Promise<InsertedCard | undefined>
}

export function createInserted({ self, places, rolls, files, isWorking, put }: InsertedComponents): Inserted {
  const seen = keptAnswers<InsertedCard | undefined>(SEEN_MS)

  const candidatesFor = (path: string): Roll[] =>
    rolls().filter(({ id, name, card, peerId, manifest }) => manifest !== undefined && ((card === path && peerId === self) || name === basename(path)) && !isWorking(id)).slice(0, MAX_CANDIDATES)

  async function look(path: string, candidates: readonly Roll[]): Promise<InsertedCard | undefined> {
    if (candidates.length === 0) return undefined
    const content = await lstat(path).then(() => places.check(path)).then((real) => readCard(real, { signal: AbortSignal.timeout(LOOK_MS) })).catch(() => undefined) // it is not there, or may not be read any more
    if (content === undefined) return undefined
    const own = content.files.filter(({ path: each }) => !isHistoryPath(each))
    for (const roll of candidates) {
      const list = await files(roll).catch(() => undefined)
      const left = own.filter((file) => !isIn(list, file)).length
      if (left === own.length || isWorking(roll.id)) continue
      if (roll.leftOnCard !== left) await put(roll.id, { leftOnCard: left })
      return { rollId: roll.id, left }
    }
    return undefined
  }

  return {
    at(path) {
      const candidates = candidatesFor(path)
      const key = candidates.map(({ id, manifest }) => `${id} ${manifest}`).join()
      return seen(path, key, () => look(path, candidates))
    }
  }
}

function isIn(list: RollList | undefined, file: CardFile): boolean {
  const known = list?.files.get(file.path)
  return known !== undefined && isSameFile(known, file)
}
