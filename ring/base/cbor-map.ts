import { decode } from '@ipld/dag-cbor'

/** Bytes that should be one dag-cbor map, as any member may have written them. `refuse` throws with what is wrong. */
export function cborMap(bytes: Uint8Array, maxBytes: number, refuse: (why: string) => never): Record<string, unknown> {
  if (bytes.byteLength > maxBytes) refuse(`it is longer than ${maxBytes} bytes`)
  let value: unknown
  try {
    value = decode(bytes)
  } catch (err) {
    refuse(err instanceof Error ? err.message : String(err))
  }
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) refuse('it is not a map')
  return value as Record<string, unknown>
}
