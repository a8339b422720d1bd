import * as errors from '#protocols/errors.ts'
import { RemoteError, ThatDamError } from '#protocols/errors.ts'
import type { Role } from './network.ts'

/** An error's message is cut to this many characters on the wire. @default 1000 */
export const MAX_ERROR_CHARACTERS = 1_000

type ErrorClass = new (message: string) => ThatDamError

const classes = new Map<string, ErrorClass>()
for (const value of Object.values(errors) as ErrorClass[]) {
  if (value !== (ThatDamError as unknown)) classes.set(new value('').code, value)
}

/** Code and message of what a handler threw; a camera peer does not hear about a node's inside. */
export function errorFields(err: unknown, role: Role | undefined): { errorCode: string; errorMessage: string } {
  if (err instanceof ThatDamError) return { errorCode: err.code, errorMessage: err.message.slice(0, MAX_ERROR_CHARACTERS) }
  const message = role === 'node' && err instanceof Error ? err.message : 'internal error'
  return { errorCode: 'ERR_INTERNAL', errorMessage: message.slice(0, MAX_ERROR_CHARACTERS) }
}

/** The same class the remote side threw when its code is known here, else a RemoteError. */
export function errorOf(code: string, message: string): ThatDamError {
  const known = classes.get(code)
  return known === undefined ? new RemoteError(message === '' ? code : `${code}: ${message}`) : new known(message)
}
