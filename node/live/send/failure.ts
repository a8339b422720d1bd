import { InvalidInputError, OverloadedError, ThatDamError, TrackUnavailableError } from '#protocols/errors.ts'

/** An error between threads. */
export interface Failure { readonly code: string; readonly message: string }

/** An error as it crosses between threads. */
export function failureOf(err: unknown): Failure {
  return err instanceof ThatDamError ? { code: err.code, message: err.message } : { code: 'ERR_INTERNAL', message: err instanceof Error ? err.message : String(err) }
}

/** The same error on the other side, as far as anybody there tells them apart. */
export function errorOf({ code, message }: Failure): Error {
  if (code === 'ERR_INVALID_INPUT') return new InvalidInputError(message)
  if (code === 'ERR_OVERLOADED') return new OverloadedError(message)
  return code === 'ERR_INTERNAL' ? new Error(message) : new TrackUnavailableError(message)
}
