import { InvalidInputError, NotAcceptableOfferError, NotFoundError, OverloadedError, PreconditionFailedError, PreconditionRequiredError, ThatDamError, TrackUnavailableError, UnprocessableError } from '#protocols/errors.ts'

/** An error between threads; without a name it is none of ours. */
export interface Failure { readonly name: string; readonly message: string }

/** Those that somebody on the other side tells apart. */
const KNOWN = new Map([
  InvalidInputError, NotAcceptableOfferError, NotFoundError, OverloadedError, PreconditionFailedError, PreconditionRequiredError, TrackUnavailableError, UnprocessableError
].map((kind) => [kind.name, kind] as const))

/** An error as it crosses between threads. */
export function failureOf(err: unknown): Failure {
  return { name: err instanceof ThatDamError ? err.name : '', message: err instanceof Error ? err.message : String(err) }
}

/** The same error on the other side, as far as anybody there tells them apart. */
export function errorOf({ name, message }: Failure): Error {
  const Known = KNOWN.get(name) ?? TrackUnavailableError
  return name === '' ? new Error(message) : new Known(message)
}
