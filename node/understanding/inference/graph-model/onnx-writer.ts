/** Writes a model in the ONNX format: operators, what flows between them, and the numbers they use, as the protocol buffers of onnx.proto3. */

/** Version of the operators, and of the format. */
const OPERATORS = 17
const FORMAT = 8

type Wire = 0 | 2 | 5

function varint(value: number | bigint): Buffer {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return Buffer.from([...bytes, Number(rest)])
}

const tag = (field: number, wire: Wire): Buffer => varint((field << 3) | wire)
const integer = (field: number, value: number | bigint): Buffer => Buffer.concat([tag(field, 0), varint(value)])
const nested = (field: number, bytes: Uint8Array): Buffer => Buffer.concat([tag(field, 2), varint(bytes.length), bytes])
const text = (field: number, value: string): Buffer => nested(field, Buffer.from(value))

function float(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return Buffer.concat([tag(field, 5), bytes])
}

/** Element types, as TensorProto numbers them. */
const FLOAT = 1
const INT64 = 7

function tensor(name: string, shape: readonly number[], values: Float32Array | BigInt64Array): Buffer {
  const raw = Buffer.from(values.buffer, values.byteOffset, values.byteLength)
  return Buffer.concat([...shape.map((size) => integer(1, size)), integer(2, values instanceof Float32Array ? FLOAT : INT64), text(8, name), nested(9, raw)])
}

/** Integers, lists of integers, words; anything else is no attribute of the operators that are written here. */
export type Attribute = number | readonly number[] | string | { readonly float: number }

function attribute(name: string, value: Attribute): Buffer {
  if (typeof value === 'string') return Buffer.concat([text(1, name), text(4, value), integer(20, 3)])
  if (typeof value === 'number') return Buffer.concat([text(1, name), integer(3, value), integer(20, 2)])
  if ('float' in value) return Buffer.concat([text(1, name), float(2, value.float), integer(20, 1)])
  return Buffer.concat([text(1, name), ...value.map((one) => integer(8, one)), integer(20, 7)])
}

function flow(name: string, shape?: readonly number[]): Buffer {
  const sizes = shape === undefined ? [] : [nested(2, Buffer.concat(shape.map((size) => nested(1, integer(1, size)))))]
  return Buffer.concat([text(1, name), nested(2, nested(1, Buffer.concat([integer(1, FLOAT), ...sizes])))])
}

/** A graph under construction; what flows is named by words that `apply` and the others answer. */
export class OnnxGraph {
  readonly #operators: Buffer[] = []
  readonly #numbers: Buffer[] = []
  readonly #inputs: Buffer[] = []
  readonly #outputs: Buffer[] = []
  #names = 0

  input(name: string, shape: readonly number[]): string {
    this.#inputs.push(flow(name, shape))
    return name
  }

  output(name: string, from: string): void {
    this.#apply('Identity', [from], {}, name)
    this.#outputs.push(flow(name))
  }

  numbers(shape: readonly number[], values: Float32Array): string {
    return this.#constant(shape, values)
  }

  integers(values: readonly number[]): string {
    return this.#constant([values.length], BigInt64Array.from(values, BigInt))
  }

  /** An operator with one result, whose name is answered. */
  apply(operator: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    return this.#apply(operator, inputs, attributes, `t${this.#names++}`)
  }

  toBytes(): Uint8Array {
    const graph = Buffer.concat([...this.#operators.map((one) => nested(1, one)), text(2, 'graph'), ...this.#numbers.map((one) => nested(5, one)), ...this.#inputs.map((one) => nested(11, one)), ...this.#outputs.map((one) => nested(12, one))])
    return Buffer.concat([integer(1, FORMAT), text(2, 'thatdam'), nested(7, graph), nested(8, Buffer.concat([text(1, ''), integer(2, OPERATORS)]))])
  }

  #constant(shape: readonly number[], values: Float32Array | BigInt64Array): string {
    const name = `w${this.#names++}`
    this.#numbers.push(tensor(name, shape, values))
    return name
  }

  #apply(operator: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>>, result: string): string {
    const properties = Object.entries(attributes).map(([name, value]) => nested(5, attribute(name, value)))
    this.#operators.push(Buffer.concat([...inputs.map((one) => text(1, one)), text(2, result), text(3, `${operator} ${result}`), text(4, operator), ...properties]))
    return result
  }
}
