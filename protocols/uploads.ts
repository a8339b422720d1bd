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
  assetId: Type.Union([Type.String(), Type.Null()], { description: 'of the asset that is made of these bytes already: nothing need be sent' })
})
export type UploadList = Static<typeof UploadList>
