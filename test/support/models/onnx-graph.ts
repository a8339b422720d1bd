/** Writes ONNX files (protobuf): as much of the format as planted models need. */

export const Numbers = Object.freeze({ float32: 1, int64: 7, bool: 9 })

type Data = Float32Array | BigInt64Array
/** Whole numbers are written as such; `{ float }` is one that is whole by chance. */
export type Attribute = number | string | readonly number[] | { readonly float: number }
type Size = number | string

/** A graph that is built operation by operation; values are known by their names. Its random weights are the same every time. */
export class OnnxGraph {
  readonly #name: string
  readonly #nodes: Buffer[] = []
  readonly #weights: Buffer[] = []
  readonly #inputs: Buffer[] = []
  readonly #outputs: Buffer[] = []
  #seed: number
  #values = 0

  constructor(name: string, seed = 1) {
    this.#name = name
    this.#seed = seed
  }

  input(name: string, type: number, sizes: readonly Size[]): string {
    this.#inputs.push(valueInfo(name, type, sizes))
    return name
  }

  output(name: string, type: number, sizes: readonly Size[]): void {
    this.#outputs.push(valueInfo(name, type, sizes))
  }

  weights(sizes: readonly number[], data: Data): string {
    const name = this.#fresh()
    this.#weights.push(tensor(name, sizes, data))
    return name
  }

  ints(...values: readonly number[]): string {
    return this.weights([values.length], BigInt64Array.from(values.map(BigInt)))
  }

  scalar(value: number): string {
    return this.weights([], Float32Array.of(value))
  }

  /** Uniform, of this standard deviation. */
  random(sizes: readonly number[], deviation: number): string {
    return this.weights(sizes, Float32Array.from({ length: sizes.reduce((product, size) => product * size, 1) }, () => this.#random() * 3.46 * deviation))
  }

  /** Answers the name of what it gives. */
  op(type: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}, output = this.#fresh()): string {
    this.#nodes.push(concat(
      ...inputs.map((input) => field(1, input)), field(2, output), field(3, `${type}_${this.#nodes.length}`), field(4, type),
      ...Object.entries(attributes).map(([name, value]) => field(5, attribute(name, value)))
    ))
    return output
  }

  /** The bytes of an `.onnx` file. */
  file(): Buffer {
    const graph = concat(...this.#nodes.map((each) => field(1, each)), field(2, this.#name), ...this.#weights.map((each) => field(5, each)), ...this.#inputs.map((each) => field(11, each)), ...this.#outputs.map((each) => field(12, each)))
    return concat(integer(1, IR_VERSION), field(2, 'planted'), field(7, graph), field(8, concat(field(1, ''), integer(2, OPSET))))
  }

  #fresh(): string {
    return `v${this.#values++}`
  }

  #random(): number {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0
    return this.#seed / 2 ** 32 - 0.5
  }
}

const IR_VERSION = 8
const OPSET = 17
const FLOAT = 1
const INT = 2
const STRING = 3
const INTS = 7

const concat = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts)

function varint(value: number | bigint): Buffer {
  const bytes: number[] = []
  let left = BigInt.asUintN(64, BigInt(value))
  for (; left > 127n; left >>= 7n) bytes.push(Number(left & 127n) | 128)
  return Buffer.from([...bytes, Number(left)])
}

const integer = (id: number, value: number): Buffer => concat(varint(id << 3), varint(value))

function field(id: number, content: string | Uint8Array): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  return concat(varint((id << 3) | 2), varint(bytes.length), bytes)
}

function float(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return concat(varint((id << 3) | 5), bytes)
}

function tensor(name: string, sizes: readonly number[], data: Data): Buffer {
  const type = data instanceof Float32Array ? Numbers.float32 : Numbers.int64
  return concat(...sizes.map((size) => integer(1, size)), integer(2, type), field(8, name), field(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)))
}

function attribute(name: string, value: Attribute): Buffer {
  if (typeof value === 'string') return concat(field(1, name), field(4, value), integer(20, STRING))
  if (typeof value === 'number') return concat(field(1, name), integer(3, value), integer(20, INT))
  if ('float' in value) return concat(field(1, name), float(2, value.float), integer(20, FLOAT))
  return concat(field(1, name), ...value.map((each) => integer(8, each)), integer(20, INTS))
}

function valueInfo(name: string, type: number, sizes: readonly Size[]): Buffer {
  const shape = concat(...sizes.map((size) => field(1, typeof size === 'number' ? integer(1, size) : field(2, size))))
  return concat(field(1, name), field(2, field(1, concat(integer(1, type), field(2, shape)))))
}
