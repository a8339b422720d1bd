/** Pieces that schemas of the HTTP API share. */
import { type TSchema, Type } from 'typebox'

export const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
export const Ms = Type.Number({ description: 'Unix time, milliseconds' })
