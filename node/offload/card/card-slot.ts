import { lstat } from 'node:fs/promises'
import { RefusedError } from '#protocols/errors.ts'

/** The card is gone: whoever puts it back goes on where it stopped. */
export class CardGoneError extends RefusedError {}

/** Whether the card that was there is there yet. */
export interface CardSlot {
  /** @throws CardGoneError when the folder is away, or is that of another file system now */
  check(): Promise<void>
}

/** Of the card that is at this folder now. */
export async function slotOf(card: string): Promise<CardSlot> {
  const { dev } = await lstat(card)
  return {
    async check() {
      if (await lstat(card).then((now) => now.dev !== dev, () => true)) throw new CardGoneError(`the card at ${card} is gone: put it back and try again, what is copied is not read again`)
    }
  }
}
