import { InvalidInputError } from '#protocols/errors.ts'

/** Longest name of a machine or zone, in characters. @default 64 */
export const MAX_NAME_CHARACTERS = 64
/** A node's weight is more than 0 and at most this. @default 1000000 */
export const MAX_WEIGHT = 1_000_000

/** @throws InvalidInputError */
export function checkPrintable(what: 'name' | 'zone', text: string): void {
  if (text.length > MAX_NAME_CHARACTERS || /\p{Cc}/u.test(text)) throw new InvalidInputError(`a ${what} has at most ${MAX_NAME_CHARACTERS} printable characters`)
}

/** @throws InvalidInputError */
export function checkWeight(weight: number): void {
  if (!(weight > 0 && weight <= MAX_WEIGHT)) throw new InvalidInputError(`a weight is more than 0 and at most ${MAX_WEIGHT}, not ${weight}`)
}
