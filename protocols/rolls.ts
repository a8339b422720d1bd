/** The part of the HTTP API about camera cards that were offloaded: one schema per message. */
import { type Static, Type } from 'typebox'

const Ms = Type.Number({ description: 'Unix time, milliseconds' })
const Count = Type.Number()

export const HashFormatName = Type.Union([Type.Literal('c4'), Type.Literal('md5'), Type.Literal('sha1'), Type.Literal('xxh128'), Type.Literal('xxh3'), Type.Literal('xxh64')])

export const OffloadRequest = Type.Object({
  card: Type.String({ minLength: 1, maxLength: 4_096, description: 'absolute path of the folder that the card is mounted at, on the node\'s machine' }),
  name: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'what the roll is called; the folder\'s name when left out' })),
  to: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 4_096 }), { maxItems: 8, description: 'folders of the node\'s machine that get a copy, too' })),
  verify: Type.Optional(Type.Union([Type.Literal('copy'), Type.Literal('source+copy')], { description: '`source+copy`: the card is read twice, past the page cache where it can be' })),
  hashes: Type.Optional(Type.Array(HashFormatName, { minItems: 1, maxItems: 6 })),
  operator: Type.Optional(Type.String({ maxLength: 200 })),
  location: Type.Optional(Type.String({ maxLength: 200 })),
  comment: Type.Optional(Type.String({ maxLength: 1_000 }))
}, { additionalProperties: false })
export type OffloadRequest = Static<typeof OffloadRequest>

/** When a card may be formatted. */
export const SafeRule = Type.Object({ nodes: Type.Integer({ minimum: 1, maximum: 10 }), zones: Type.Integer({ minimum: 1, maximum: 10 }) }, { additionalProperties: false })
export type SafeRule = Static<typeof SafeRule>

export const SafeView = Type.Object({
  safe: Type.Boolean({ description: 'every file of the card is verified on enough nodes in enough zones, now' }),
  rule: SafeRule,
  files: Count,
  safeFiles: Count,
  reasons: Type.Array(Type.String(), { description: 'why not, a sentence each' }),
  nodes: Type.Array(Type.Object({ node: Type.String(), zone: Type.String(), alive: Type.Boolean(), files: Type.Number({ description: 'of which it holds every chunk, read back from its disk' }) })),
  checkedMs: Ms
})
export type SafeView = Static<typeof SafeView>

export const RollView = Type.Object({
  id: Type.String(),
  name: Type.String(),
  node: Type.String({ description: 'name of the node that read the card' }),
  zone: Type.String(),
  card: Type.String({ description: 'where it was mounted' }),
  state: Type.Union([Type.Literal('copying'), Type.Literal('incomplete'), Type.Literal('done')]),
  startedMs: Ms,
  endedMs: Ms,
  files: Count,
  bytes: Count,
  clips: Type.Number({ description: 'files that are assets, too' }),
  failed: Type.Number({ description: 'files that could not be copied or verified, and places that failed' }),
  leftOnCard: Type.Number({ description: 'files on the card that the roll does not have, when the card was last seen' }),
  failures: Type.Array(Type.Object({ path: Type.String(), reason: Type.String() }), { description: 'the first of them' }),
  verify: Type.String(),
  sourceReads: Type.Object({ direct: Count, cached: Count }, { description: 'files of the second reading of the card: from the medium itself, through the page cache' }),
  hashes: Type.Array(Type.String()),
  to: Type.Array(Type.String(), { description: 'folders with a copy' }),
  operator: Type.String(),
  location: Type.String(),
  comment: Type.String(),
  generations: Type.Number({ description: 'of its ASC MHL history' }),
  album: Type.String({ description: 'id of the album its clips are in' }),
  jobId: Type.String({ description: 'the job that works on it on this node; empty when none does' })
})
export type RollView = Static<typeof RollView>
export const RollList = Type.Object({ rolls: Type.Array(RollView, { description: 'newest first' }), rule: SafeRule, nowMs: Ms })
export type RollList = Static<typeof RollList>

export const RollFileView = Type.Object({
  path: Type.String(), size: Count, mtimeMs: Ms, sha256: Type.String(), hashes: Type.Record(Type.String(), Type.String()), hashedMs: Ms, sourceVerified: Type.Boolean(), asset: Type.Boolean()
})
export type RollFileView = Static<typeof RollFileView>
export const RollFiles = Type.Object({
  files: Type.Array(RollFileView), total: Count, folders: Type.Array(Type.String()),
  mhl: Type.Array(Type.Object({ path: Type.String(), generation: Count, c4: Type.String(), createdMs: Ms }), { description: 'generations of its history, and its chains' })
})
export type RollFiles = Static<typeof RollFiles>

/** A folder of the node's machine that looks like a card. */
export const CardView = Type.Object({
  path: Type.String(), name: Type.String(), kind: Type.String({ description: 'what its structure says: `Sony M4ROOT`, `DCIM`, `P2`…; empty when nothing known' }), device: Type.String(), fileSystem: Type.String(), bytes: Type.Number({ description: 'in use' }), removable: Type.Boolean()
})
export type CardView = Static<typeof CardView>
/** One that is in the machine now, and the newest roll of it. */
export const InsertedCardView = Type.Object({
  ...CardView.properties,
  roll: Type.Union([Type.Null(), Type.Object({ id: Type.String(), name: Type.String(), safe: Type.Boolean({ description: 'the card may be formatted now' }), reasons: Type.Array(Type.String(), { description: 'why not, a sentence each' }) })], { description: 'null when it was not offloaded yet' })
})
export type InsertedCardView = Static<typeof InsertedCardView>
export const CardList = Type.Object({ cards: Type.Array(InsertedCardView) })
export type CardList = Static<typeof CardList>
