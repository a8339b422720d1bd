/** The part of the HTTP API about copies of originals in buckets. */
import { type Static, Type } from 'typebox'

const fields = {
  name: Type.String({ minLength: 1, maxLength: 100 }),
  place: Type.String({ maxLength: 300, description: '`s3://BUCKET/PREFIX`' }),
  endpoint: Type.String({ maxLength: 300, description: "URL of the S3 server; Amazon's when empty" }),
  region: Type.String({ maxLength: 64 }),
  mode: Type.Union([Type.Literal('copy'), Type.Literal('move')], { description: '`copy`: the ring keeps its own copies; `move`: it gives them up when enough tiers hold good ones' }),
  album: Type.String({ maxLength: 64, description: 'only assets of this album; the whole library when empty' }),
  moveCopies: Type.Integer({ minimum: 1, maximum: 20, description: 'in how many tiers a good copy must be before the ring gives up its own' })
}
const { name, place, ...optional } = fields

export const TierView = Type.Object({
  id: Type.String(), ...fields,
  wanted: Type.Number({ description: 'assets that belong there' }),
  held: Type.Number({ description: 'assets that were read back from there and were right' }),
  away: Type.Number({ description: 'of those: whose bytes are on no disk of the ring' }),
  bytes: Type.Number()
})
export type TierView = Static<typeof TierView>
export const TierList = Type.Object({ tiers: Type.Array(TierView) })
export type TierList = Static<typeof TierList>

export const NewTier = Type.Object({ name, place, ...Object.fromEntries(Object.entries(optional).map(([key, schema]) => [key, Type.Optional(schema)])) as { [K in keyof typeof optional]: ReturnType<typeof Type.Optional<(typeof optional)[K]>> } }, { additionalProperties: false })
export type NewTier = Static<typeof NewTier>
export const TierChange = Type.Partial(Type.Object(fields), { additionalProperties: false, minProperties: 1 })
export type TierChange = Static<typeof TierChange>
export const TierAdded = Type.Object({ id: Type.String(), ...fields })
export type TierAdded = Static<typeof TierAdded>

export const DrillRequest = Type.Object({ share: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1, description: 'of the originals that are there' })) }, { additionalProperties: false })
export const CloudLink = Type.Object({ url: Type.String({ description: 'whoever has it may download the original' }), expiresAtMs: Type.Number() })
export type CloudLink = Static<typeof CloudLink>
