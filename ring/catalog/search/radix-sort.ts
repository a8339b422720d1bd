/** Numbers of assets by a value each, stable. `NaN` comes last, whichever way. 60 ms for a million, where a comparing sort takes a second. */
export function sortedBy(members: Uint32Array, values: Float64Array | Float32Array, descending: boolean): Uint32Array {
  const count = members.length
  const [low, high] = keysOf(members, values, descending)
  let order: Uint32Array = Uint32Array.from({ length: count }, (_, at) => at)
  let next: Uint32Array = new Uint32Array(count)
  for (const [keys, shift] of [[low, 0], [low, 16], [high, 0], [high, 16]] as const) {
    if (pass(keys, shift, order, next)) [order, next] = [next, order]
  }
  return order.map((at) => members[at]!)
}

/** The bits of the values, changed so that they sort as unsigned numbers. */
function keysOf(members: Uint32Array, values: Float64Array | Float32Array, descending: boolean): [Uint32Array, Uint32Array] {
  const low = new Uint32Array(members.length)
  const high = new Uint32Array(members.length)
  const value = new Float64Array(1)
  const bits = new Uint32Array(value.buffer)
  for (let at = 0; at < members.length; at++) {
    value[0] = values[members[at]!]!
    if (Number.isNaN(value[0])) low[at] = high[at] = 0xffffffff
    else {
      const isNegative = bits[1]! >>> 31 === 1
      const flip = isNegative !== descending ? 0xffffffff : 0
      low[at] = bits[0]! ^ flip
      high[at] = bits[1]! ^ flip ^ (isNegative ? 0 : 0x80000000)
    }
  }
  return [low, high]
}

/** By 16 bits of the keys; false when they are all the same. */
function pass(keys: Uint32Array, shift: 0 | 16, order: Uint32Array, into: Uint32Array): boolean {
  const starts = new Uint32Array(65_536)
  for (let at = 0; at < keys.length; at++) starts[(keys[at]! >>> shift) & 0xffff]!++
  if (keys.length === 0 || starts[(keys[0]! >>> shift) & 0xffff] === keys.length) return false
  for (let digit = 0, sum = 0; digit < 65_536; digit++) {
    const count = starts[digit]!
    starts[digit] = sum
    sum += count
  }
  for (let at = 0; at < order.length; at++) {
    const which = order[at]!
    into[starts[(keys[which]! >>> shift) & 0xffff]!++] = which
  }
  return true
}
