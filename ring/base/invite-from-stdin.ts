import { createInterface } from 'node:readline'
import { InvalidInputError } from '#protocols/errors.ts'

/** What `--join` is given when the invite comes as the first line of standard input, where other users of the machine do not see it. */
export const INVITE_FROM_STDIN = '-'

/** The invite that comes there. @throws InvalidInputError when none comes */
export async function inviteFromStdin(): Promise<string> {
  for await (const line of createInterface({ input: process.stdin })) return line
  throw new InvalidInputError('--join -: standard input ended before there was an invite')
}
