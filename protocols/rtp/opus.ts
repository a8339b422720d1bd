import { InvalidMessageError } from '../errors.ts'

/** Samples at 48 kHz that this Opus packet decodes to, from its first bytes (RFC 6716 section 3.1). @throws InvalidMessageError */
export function opusSamples(packet: Uint8Array): number {
  const toc = packet[0]
  if (toc === undefined) throw new InvalidMessageError('Opus: an empty packet')
  const frames = frameCount(toc & 3, packet[1])
  const samples = frames * frameSamples(toc >> 3)
  if (frames === 0 || samples > 5_760) throw new InvalidMessageError('Opus: a packet of no or more than 120 ms') // section 3.4 [R5]
  return samples
}

function frameCount(code: number, second: number | undefined): number {
  if (code === 0) return 1
  if (code < 3) return 2
  return (second ?? 0) & 0x3f
}

function frameSamples(config: number): number {
  if (config < 12) return [480, 960, 1920, 2880][config & 3] as number // SILK
  if (config < 16) return [480, 960][config & 1] as number // hybrid
  return [120, 240, 480, 960][config & 3] as number // CELT
}
