/** Manifests of models, as people write them into a file and as nodes tell each other: whatever is not as it should be is refused. */
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import { InvalidInputError } from '#protocols/errors.ts'
import { TASKS } from '../inference/inference.ts'
import { MAX_DIMENSIONS } from '../space.ts'
import type { ModelManifest } from './models.ts'

/** Files of a model, at most. @default 64 */
export const MAX_MODEL_FILES = 64
/** Largest file of a model, in bytes. @default 17179869184 */
export const MAX_MODEL_FILE_BYTES = 16 * 1024 ** 3

const PATH = /^(?!.*(?:^|\/)\.)[A-Za-z0-9._-]{1,100}(?:\/[A-Za-z0-9._-]{1,100}){0,4}$/
const Words = (maxLength: number) => Type.String({ minLength: 1, maxLength, pattern: '^[^\\p{Cc}]*$' })
const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' })
const Path = Type.String({ pattern: PATH.source })
const literals = <const T extends readonly string[]>(values: T) => Type.Unsafe<T[number]>(Type.Union(values.map((value) => Type.Literal(value))))

/** Without packages: only what comes with the program names files inside the program's packages. */
const File = Type.Object({ path: Path, size: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_MODEL_FILE_BYTES })), sha256: Type.Optional(Sha256) }, { additionalProperties: false })
const Golden = Type.Object({ task: literals(TASKS), input: Words(1_000), expected: Type.Union([Type.Array(Type.Number(), { maxItems: MAX_DIMENSIONS }), Type.String({ maxLength: 4_000 })]), tolerance: Type.Number({ minimum: 0 }) }, { additionalProperties: false })
const Manifest = Type.Object({
  id: Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{0,31}$' }),
  title: Words(100),
  tasks: Type.Array(literals(TASKS), { minItems: 1, maxItems: TASKS.length }),
  family: literals(['vision', 'sentences', 'text', 'objects', 'faces', 'captions', 'speech', 'transcription']),
  repository: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}$' })),
  revision: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' }),
  licence: Words(64),
  files: Type.Array(File, { minItems: 1, maxItems: MAX_MODEL_FILES }),
  dtype: Type.String({ pattern: '^[a-z0-9]{1,8}$' }),
  dimensions: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_DIMENSIONS })),
  preprocessing: Type.String({ maxLength: 500 }),
  golden: Type.Optional(Type.Array(Golden, { maxItems: 20 }))
}, { additionalProperties: false })

/** @throws InvalidInputError that says what is wrong */
export function checkManifest(value: unknown): ModelManifest {
  if (!Value.Check(Manifest, value)) throw new InvalidInputError(`this is no manifest of a model: ${firstFault(value)}`)
  const manifest: Static<typeof Manifest> = value
  if (new Set(manifest.files.map(({ path }) => path)).size !== manifest.files.length) throw new InvalidInputError('this is no manifest of a model: a file is named twice')
  if (manifest.tasks.some((task) => task.startsWith('embed-')) && manifest.dimensions === undefined) throw new InvalidInputError('this is no manifest of a model: one that makes vectors says how many dimensions they have')
  return manifest
}

/** @throws InvalidInputError */
export function parseManifest(json: string): ModelManifest {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (err) {
    throw new InvalidInputError(`this is no JSON: ${(err as Error).message}`)
  }
  return checkManifest(value)
}

function firstFault(value: unknown): string {
  const [fault] = Value.Errors(Manifest, value)
  return fault === undefined ? 'it is not as the README says' : `${fault.instancePath || 'all of it'} ${fault.message}`
}
