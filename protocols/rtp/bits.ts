import { InvalidMessageError } from '../errors.ts'

/** Reads bit strings, the most significant bit first. */
export interface Bits {
  u(count: number): number
  flag(): boolean
  /** Exp-Golomb (H.264 section 9.1). */
  ue(): number
  se(): number
}

/** `what` names the bytes in errors. Each call may throw InvalidMessageError: when the bytes are over, or say something impossible. */
export function bitReader(bytes: Uint8Array, what: string): Bits {
  let at = 0
  const u = (count: number): number => {
    let value = 0
    for (let i = 0; i < count; i++, at++) {
      const byte = bytes[at >> 3]
      if (byte === undefined) throw new InvalidMessageError(`${what} is cut short`)
      value = value * 2 + ((byte >> (7 - (at & 7))) & 1)
    }
    return value
  }
  const ue = (): number => {
    let zeros = 0
    while (u(1) === 0) if (++zeros > 31) throw new InvalidMessageError(`${what} has an impossible number`)
    return 2 ** zeros - 1 + u(zeros)
  }
  const se = (): number => {
    const code = ue()
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2
  }
  return { u, ue, se, flag: () => u(1) === 1 }
}

/** Without emulation_prevention_three_byte (H.264 and HEVC section 7.4.1). */
export function withoutEmulation(bytes: Uint8Array): Uint8Array {
  return bytes.filter((byte, i) => !(byte === 3 && i >= 2 && bytes[i - 1] === 0 && bytes[i - 2] === 0))
}
