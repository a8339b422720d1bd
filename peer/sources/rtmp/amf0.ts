/** AMF0 (Adobe, 2007): how RTMP writes the words of its commands. Only what commands are made of. */
import { InvalidMessageError } from '#protocols/errors.ts'

export type Amf0Value = number | boolean | string | null | undefined | Amf0Object | Amf0Value[]
export interface Amf0Object { [key: string]: Amf0Value }

/** What commands are answered with. */
export type Amf0Word = number | boolean | string | null | Amf0Object

/** Values inside values, at most. */
const MAX_DEPTH = 8
/** Values of one message, at most. */
const MAX_VALUES = 1_000

/** All values of a message, one after the other. @throws InvalidMessageError */
export function decodeAmf0(bytes: Buffer): Amf0Value[] {
  let at = 0
  let count = 0

  function take(length: number): Buffer {
    if (at + length > bytes.length) throw new InvalidMessageError('AMF0: a value is cut off')
    at += length
    return bytes.subarray(at - length, at)
  }

  const text = (lengthBytes: 2 | 4): string => take(take(lengthBytes).readUIntBE(0, lengthBytes)).toString('utf8')

  function fields(depth: number): Amf0Object {
    const object: Amf0Object = Object.create(null)
    for (;;) {
      const key = text(2)
      if (key === '' && bytes[at] === 9) {
        at++
        return object
      }
      object[key] = value(depth + 1)
    }
  }

  function value(depth: number): Amf0Value {
    if (depth > MAX_DEPTH || ++count > MAX_VALUES) throw new InvalidMessageError('AMF0: too many values')
    const marker = take(1)[0]
    switch (marker) {
      case 0: return take(8).readDoubleBE()
      case 1: return take(1)[0] !== 0
      case 2: return text(2)
      case 3: return fields(depth)
      case 5: return null
      case 6: return undefined
      case 8:
        take(4)
        return fields(depth)
      case 10: return Array.from({ length: Math.min(take(4).readUInt32BE(), MAX_VALUES) }, () => value(depth + 1))
      case 12: return text(4)
      default: throw new InvalidMessageError(`AMF0: unknown marker ${marker}`)
    }
  }

  const values: Amf0Value[] = []
  while (at < bytes.length) values.push(value(0))
  return values
}

/** Numbers, booleans, strings, null and plain objects of these. */
export function encodeAmf0(...values: readonly Amf0Word[]): Buffer {
  return Buffer.concat(values.map(encodeValue))
}

function encodeValue(value: Amf0Value): Buffer {
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(9)
    bytes.writeDoubleBE(value, 1)
    return bytes
  }
  if (typeof value === 'boolean') return Buffer.from([1, Number(value)])
  if (typeof value === 'string') return Buffer.concat([Buffer.from([2]), encodeText(value)])
  if (value === null || value === undefined || Array.isArray(value)) return Buffer.from([5])
  return Buffer.concat([Buffer.from([3]), ...Object.entries(value).flatMap(([key, one]) => [encodeText(key), encodeValue(one)]), Buffer.from([0, 0, 9])])
}

function encodeText(text: string): Buffer {
  const bytes = Buffer.from(text)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  return Buffer.concat([length, bytes])
}
