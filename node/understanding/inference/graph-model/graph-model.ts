/** A TensorFlow.js graph model as it lies on disk: a graph in JSON, and the numbers it uses one after the other. Read strictly: what is not understood is an error, never a guess. */
import { InvalidInputError } from '#protocols/errors.ts'

/** A larger graph is refused, in bytes of JSON and of numbers. @default 16777216 */
export const MAX_GRAPH_BYTES = 16 * 1024 ** 2
/** @default 268435456 */
export const MAX_NUMBERS_BYTES = 256 * 1024 ** 2

export interface GraphNode {
  readonly name: string
  readonly op: string
  /** Names of nodes whose results it takes. */
  readonly inputs: readonly string[]
  readonly attributes: Readonly<Record<string, unknown>>
}

export interface Constant {
  readonly shape: readonly number[]
  readonly values: Float32Array | Int32Array
}

export interface GraphModel {
  /** @throws InvalidInputError */
  node(name: string): GraphNode
  /** @throws InvalidInputError */
  constant(name: string): Constant
}

interface WeightSpec {
  readonly name: string
  readonly shape: readonly number[]
  readonly dtype: string
  readonly quantization?: { readonly dtype: string }
}

/** @throws InvalidInputError */
export function readGraphModel(json: Uint8Array, numbers: Uint8Array): GraphModel {
  if (json.length > MAX_GRAPH_BYTES || numbers.length > MAX_NUMBERS_BYTES) throw new InvalidInputError(`the graph model is larger than ${MAX_GRAPH_BYTES} bytes, or its numbers than ${MAX_NUMBERS_BYTES}`)
  const { modelTopology, weightsManifest } = parsed(json)
  const nodes = new Map(modelTopology.node.map((raw) => [raw.name, nodeOf(raw)]))
  const constants = constantsOf(weightsManifest.flatMap(({ weights }) => weights), numbers)
  return {
    node: (name) => nodes.get(name) ?? missing('part', name),
    constant: (name) => constants.get(name) ?? missing('numbers', name)
  }
}

function missing(what: string, name: string): never {
  throw new InvalidInputError(`the graph model has no ${what} named ${name}`)
}

interface RawNode { readonly name: string; readonly op: string; readonly input?: readonly string[]; readonly attr?: Record<string, unknown> }
interface RawModel { readonly modelTopology: { readonly node: readonly RawNode[] }; readonly weightsManifest: ReadonlyArray<{ readonly weights: readonly WeightSpec[] }> }

function parsed(json: Uint8Array): RawModel {
  try {
    const model = JSON.parse(new TextDecoder().decode(json)) as RawModel
    if (model.modelTopology.node.every(({ name, op }) => typeof name === 'string' && typeof op === 'string') && model.weightsManifest.every(({ weights }) => Array.isArray(weights))) return model
  } catch {} // said below, in words
  throw new InvalidInputError('this is not a TensorFlow.js graph model: it has no modelTopology with nodes, or no weightsManifest')
}

/** Results other than the first, and order without data, do not occur in what can be converted. */
function nodeOf({ name, op, input = [], attr = {} }: RawNode): GraphNode {
  return { name, op, inputs: input.map((one) => one.replace(/:0$/, '')), attributes: Object.fromEntries(Object.entries(attr).map(([key, value]) => [key, attributeOf(value)])) }
}

const base64 = (value: unknown): string => Buffer.from(String(value), 'base64').toString()

/** Lists become arrays; numbers that were written as text become numbers. */
function attributeOf(raw: unknown): unknown {
  const value = raw as { list?: { i?: unknown[]; s?: unknown[]; shape?: unknown }; s?: unknown; i?: unknown; b?: unknown; f?: unknown; shape?: { dim?: ReadonlyArray<{ size: unknown }> } }
  if (value.list !== undefined) return value.list.i?.map(Number) ?? value.list.s?.map(base64) ?? []
  if (value.shape !== undefined) return value.shape.dim?.map(({ size }) => Number(size)) ?? []
  if (value.s !== undefined) return base64(value.s)
  if (value.i !== undefined) return Number(value.i)
  return value.b ?? value.f
}

function constantsOf(specs: readonly WeightSpec[], numbers: Uint8Array): Map<string, Constant> {
  let at = 0
  const constants = new Map(specs.map((spec) => {
    const bytes = numbers.subarray(at, at += byteLengthOf(spec))
    return [spec.name, { shape: spec.shape, values: valuesOf(spec, bytes) }]
  }))
  if (at !== numbers.length) throw new InvalidInputError(`the graph model speaks of ${at} bytes of numbers, and there are ${numbers.length}: a file is cut off, or belongs to another model`)
  return constants
}

const BYTES: Readonly<Record<string, number>> = { float32: 4, int32: 4, float16: 2 }
const storedAs = ({ dtype, quantization }: WeightSpec): string => quantization?.dtype ?? dtype

function byteLengthOf(spec: WeightSpec): number {
  const each = BYTES[storedAs(spec)]
  const count = spec.shape.reduce((product, size) => product * size, 1)
  if (each === undefined || !Number.isSafeInteger(count) || count < 0) throw new InvalidInputError(`numbers ${spec.name} are kept as ${storedAs(spec)} of shape ${spec.shape.join('×')}, which is not supported: float32, float16 and int32 are`)
  return count * each
}

function valuesOf(spec: WeightSpec, bytes: Uint8Array): Float32Array | Int32Array {
  const aligned = Uint8Array.from(bytes).buffer
  if (bytes.length !== byteLengthOf(spec)) throw new InvalidInputError('the numbers of the graph model end too early: the file is cut off')
  if (storedAs(spec) === 'float16') return Float32Array.from(new Uint16Array(aligned), halfFloat)
  return storedAs(spec) === 'int32' ? new Int32Array(aligned) : new Float32Array(aligned)
}

/** IEEE 754 binary16. */
export function halfFloat(bits: number): number {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023]
  if (exponent === 0) return sign * 2 ** -24 * fraction
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * 2 ** (exponent - 15) * (1 + fraction / 1024)
}
