import { ThatDamError } from '#protocols/errors.ts'

/** Nobody has said who they are, or what they said is wrong. */
export class UnauthenticatedError extends ThatDamError {
  readonly code = 'ERR_UNAUTHENTICATED'
  override readonly status = 401
}

/** Somebody guesses too often. */
export class TooManyFailuresError extends ThatDamError {
  readonly code = 'ERR_TOO_MANY_FAILURES'
  override readonly status = 429
  /** Seconds until the next guess is taken. */
  readonly retryAfter: number

  constructor(message: string, retryAfter = 60) {
    super(message)
    this.retryAfter = retryAfter
  }
}

/** It is known who asks, and they may not. */
export class ForbiddenError extends ThatDamError {
  readonly code = 'ERR_FORBIDDEN'
  override readonly status = 403
}

/** There is one of this name already. */
export class NameTakenError extends ThatDamError {
  readonly code = 'ERR_NAME_TAKEN'
  override readonly status = 409
}
