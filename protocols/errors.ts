/** Every error the project throws on purpose: a class to catch, a code to log, a status to answer over HTTP. */
export abstract class ThatDamError extends Error {
  abstract readonly code: string
  readonly status: number = 500
  override get name(): string {
    return this.constructor.name
  }
}

/** A peer sent bytes that are not a message of the protocol it negotiated. */
export class InvalidMessageError extends ThatDamError {
  readonly code = 'ERR_INVALID_MESSAGE'
  override readonly status = 400
}

/** A string that should be an id of ours is not one. */
export class InvalidIdError extends ThatDamError {
  readonly code = 'ERR_INVALID_ID'
  override readonly status = 400
}

/** A request or a command line that cannot be carried out as written; the message says what to change. */
export class InvalidInputError extends ThatDamError {
  readonly code = 'ERR_INVALID_INPUT'
  override readonly status = 400
}

/** A search that can not be meant as it is typed. */
export class InvalidQueryError extends ThatDamError {
  readonly code = 'ERR_INVALID_QUERY'
  override readonly status = 400
  /** Where in the text, in UTF-16 units. */
  readonly at: number
  /** What may be written there instead. */
  readonly suggestion: string | undefined

  constructor(message: string, at: number, suggestion?: string) {
    super(message)
    this.at = at
    this.suggestion = suggestion
  }
}

/** An invite that is malformed, altered, expired, used up, or for another ring. */
export class InvalidInviteError extends ThatDamError {
  readonly code = 'ERR_INVALID_INVITE'
  override readonly status = 403
}

/** The caller has no valid certificate for the role this needs. */
export class NotAuthorizedError extends ThatDamError {
  readonly code = 'ERR_NOT_AUTHORIZED'
  override readonly status = 403
}

/** This machine was removed from the ring, and only a new invite brings it back under a new key. */
export class MemberRemovedError extends ThatDamError {
  readonly code = 'ERR_MEMBER_REMOVED'
  override readonly status = 403
}

/** The member does not answer, or cannot be dialled. */
export class MemberUnreachableError extends ThatDamError {
  readonly code = 'ERR_MEMBER_UNREACHABLE'
  override readonly status = 503
}

/** A remote member answered a request with an error of its own. */
export class RemoteError extends ThatDamError {
  readonly code = 'ERR_REMOTE'
  override readonly status = 502
}

/** A document of the catalog can not be read whole here, so what it does not say means nothing. */
export class CatalogIncompleteError extends ThatDamError {
  readonly code = 'ERR_CATALOG_INCOMPLETE'
  override readonly status = 503
}

/** No live node of the ring holds the chunk. */
export class ChunkNotFoundError extends ThatDamError {
  readonly code = 'ERR_CHUNK_NOT_FOUND'
  override readonly status = 503
}

/** The bytes stay in a file outside the ring, and that can not be read now. */
export class OriginalUnavailableError extends ThatDamError {
  readonly code = 'ERR_ORIGINAL_UNAVAILABLE'
  override readonly status = 503
}

/** The bytes do not hash to the id that was asked for. */
export class ChunkCorruptError extends ThatDamError {
  readonly code = 'ERR_CHUNK_CORRUPT'
  override readonly status = 502
}

/** The disk refuses writes: full, read-only or failing. */
export class StorageFullError extends ThatDamError {
  readonly code = 'ERR_STORAGE_FULL'
  override readonly status = 507
}

/** Another process holds the data folder. */
export class DataFolderLockedError extends ThatDamError {
  readonly code = 'ERR_DATA_FOLDER_LOCKED'
}

/** Something is to be restored into a ring that holds something already. */
export class RingNotEmptyError extends ThatDamError {
  readonly code = 'ERR_RING_NOT_EMPTY'
  override readonly status = 409
}

/** There is no such asset, camera, job or recording. */
export class NotFoundError extends ThatDamError {
  readonly code = 'ERR_NOT_FOUND'
  override readonly status = 404
}

/** The camera exists but nobody is publishing it now. */
export class TrackUnavailableError extends ThatDamError {
  readonly code = 'ERR_TRACK_UNAVAILABLE'
  override readonly status = 409
}

/** Another peer is publishing this camera. */
export class CameraBusyError extends ThatDamError {
  readonly code = 'ERR_CAMERA_BUSY'
  override readonly status = 409
}

/** A file that is empty, damaged or not media; nothing of it was kept. */
export class UnsupportedMediaError extends ThatDamError {
  readonly code = 'ERR_UNSUPPORTED_MEDIA'
  override readonly status = 422
}

/** The file is longer than is taken, or more bytes were sent than were announced. */
export class TooLargeError extends ThatDamError {
  readonly code = 'ERR_TOO_LARGE'
  override readonly status = 413
}

/** The bytes of an upload do not begin where it stands. */
export class UploadOffsetError extends ThatDamError {
  readonly code = 'ERR_UPLOAD_OFFSET'
  override readonly status = 409
}

/** Somebody else goes on with this upload, or it is being looked at. */
export class UploadLockedError extends ThatDamError {
  readonly code = 'ERR_UPLOAD_LOCKED'
  override readonly status = 423
}

/** The upload was ended, or nobody went on with it in time. */
export class UploadGoneError extends ThatDamError {
  readonly code = 'ERR_UPLOAD_GONE'
  override readonly status = 410
}

/** What arrived does not hash to what the sender said (the status is of tus 1.0). */
export class ChecksumMismatchError extends ThatDamError {
  readonly code = 'ERR_CHECKSUM_MISMATCH'
  override readonly status = 460
}

/** The request speaks no version of tus that is spoken here. */
export class TusVersionError extends ThatDamError {
  readonly code = 'ERR_TUS_VERSION'
  override readonly status = 412
}

/** A body of a type that is not taken here. */
export class UnsupportedTypeError extends ThatDamError {
  readonly code = 'ERR_UNSUPPORTED_TYPE'
  override readonly status = 415
}

/** It can not be done to the ring as it is now; the message says what to do instead. */
export class RefusedError extends ThatDamError {
  readonly code = 'ERR_REFUSED'
  override readonly status = 409
}

/** An ICE session can only be changed by who names it (RFC 6585 section 3). */
export class PreconditionRequiredError extends ThatDamError {
  readonly code = 'ERR_PRECONDITION_REQUIRED'
  override readonly status = 428
}

/** The entity-tag is of an ICE session that is over. */
export class PreconditionFailedError extends ThatDamError {
  readonly code = 'ERR_PRECONDITION_FAILED'
  override readonly status = 412
}

/** Well formed, and not possible now. */
export class UnprocessableError extends ThatDamError {
  readonly code = 'ERR_UNPROCESSABLE'
  override readonly status = 422
}

/** The offer is well formed, but there is nothing in it this server can send or take. */
export class NotAcceptableOfferError extends ThatDamError {
  readonly code = 'ERR_OFFER_NOT_ACCEPTABLE'
  override readonly status = 406
}

/** The node has as many viewers, uploads or streams as it takes. */
export class OverloadedError extends ThatDamError {
  readonly code = 'ERR_OVERLOADED'
  override readonly status = 503
}

/** No model is there for what was asked; the message says which task it is and how to get one. */
export class ModelMissingError extends ThatDamError {
  readonly code = 'ERR_MODEL_MISSING'
  override readonly status = 409
}

/** Well formed, and not a thing this node can do. */
export class UnsupportedActionError extends ThatDamError {
  readonly code = 'ERR_UNSUPPORTED_ACTION'
  override readonly status = 501
}
