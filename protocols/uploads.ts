import { type Static, Type } from 'typebox'

/** A file on its way into the ring; the bytes travel by tus 1.0 at the same address. */
export const UploadView = Type.Object({
  id: Type.String(),
  path: Type.String({ description: 'what the sender calls it, folders and all' }),
  state: Type.Union([Type.Literal('receiving'), Type.Literal('storing'), Type.Literal('done'), Type.Literal('refused'), Type.Literal('gone')], { description: 'storing: all bytes are acknowledged; they are hashed once more and looked at' }),
  offset: Type.Integer({ description: 'bytes that are acknowledged' }),
  length: Type.Integer(),
  sha256: Type.Union([Type.String(), Type.Null()], { description: 'as the sender said' }),
  expiresMs: Type.Number({ description: 'it is given up when nobody goes on with it until then' }),
  copies: Type.Integer({ description: 'the fewest nodes any of its chunks was acknowledged by' }),
  assetId: Type.Union([Type.String(), Type.Null()]),
  outcome: Type.Union([Type.Literal('imported'), Type.Literal('known'), Type.Null()]),
  reason: Type.Union([Type.String(), Type.Null()])
})
export type UploadView = Static<typeof UploadView>

export const UploadList = Type.Object({
  uploads: Type.Array(UploadView),
  assetId: Type.Union([Type.String(), Type.Null()], { description: 'of the asset of these bytes, when the ring has all of them: only their name need be sent, to `/uploads/known`' })
})
export type UploadList = Static<typeof UploadList>

/** A file whose bytes the ring has, so that only what it is called is sent. */
export const KnownUpload = Type.Object({
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  path: Type.String({ minLength: 1, maxLength: 4_096, description: 'what the sender calls it, folders and all: one more place of the asset' })
})
export type KnownUpload = Static<typeof KnownUpload>

export const KnownUploadTaken = Type.Object({ assetId: Type.Union([Type.String(), Type.Null()], { description: 'null: the bytes are to be sent' }) })
export type KnownUploadTaken = Static<typeof KnownUploadTaken>
