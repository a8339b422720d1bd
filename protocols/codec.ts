import { readFileSync } from 'node:fs'
import protobuf from 'protobufjs'
import { InvalidMessageError } from './errors.ts'

/** A message type on the wire: the `.proto` file is the format, the interface is how we read it. */
export interface Codec<T> {
  /** Largest encoding accepted, in bytes. */
  readonly maxBytes: number
  encode(value: T): Uint8Array
  /** Bytes fields are views on `bytes`: copy what outlives it. @throws InvalidMessageError */
  decode(bytes: Uint8Array): T
}

/** Every message is at most this long unless its protocol says otherwise. @default 65536 */
export const DEFAULT_MAX_MESSAGE_BYTES = 65_536

const READ = { longs: Number, enums: String, defaults: true, arrays: true, oneofs: true } as const

/**
 * The messages of one `.proto` file of this folder, by name.
 * Field names are camelCase; `uint64` is a number (exact to 2^53); a missing sub-message is `undefined` or `null`.
 */
export function protoFile(file: string): <T extends object>(message: string, maxBytes?: number) => Codec<T> {
  const source = readFileSync(new URL(file, import.meta.url), 'utf8')
  const { root } = protobuf.parse(source, { keepCase: false })
  return (message, maxBytes = DEFAULT_MAX_MESSAGE_BYTES) => codecOf(root.lookupType(message), maxBytes)
}

function codecOf<T extends object>(type: protobuf.Type, maxBytes: number): Codec<T> {
  return {
    maxBytes,
    encode: (value) => type.encode(type.fromObject(value)).finish(),
    decode: (bytes) => {
      if (bytes.byteLength > maxBytes) throw new InvalidMessageError(`${type.name}: ${bytes.byteLength} bytes exceed the limit of ${maxBytes}`)
      try {
        return type.toObject(type.decode(bytes), READ) as T
      } catch (err) {
        throw new InvalidMessageError(`${type.name}: ${err instanceof Error ? err.message : err}`)
      }
    }
  }
}
