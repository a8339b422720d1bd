import { ThatDamError } from '#protocols/errors.ts'

/** The bucket of a tier can not be read or written as needed; the message says what to do. */
export class CloudError extends ThatDamError {
  readonly code = 'ERR_CLOUD'
  override readonly status = 502
}
