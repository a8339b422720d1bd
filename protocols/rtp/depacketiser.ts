import type { RtpPacket } from './packet.ts'

/** One coded picture as it came, of whatever codec. */
export interface AccessUnit {
  /** Copies. H.264 and HEVC: NALs without start codes; AV1: OBUs, each with its size; VP8 and VP9: the frame, alone. */
  readonly nals: Uint8Array[]
  /** 90 kHz, 32 bit, as in the packets. */
  readonly timestamp: number
  readonly keyframe: boolean
  /** Part of it is missing or was malformed: do not decode, do not record. */
  readonly damaged: boolean
  /** Packets missing since the access unit before: unless 0, only a keyframe can be decoded next (with the parameter sets known before, when it has none). */
  readonly lost: number
}

export interface Depacketiser {
  /** Access units that are complete with this packet, oldest first. Never throws. */
  push(packet: RtpPacket): AccessUnit[]
  /** What is still inside, at the end of the stream. */
  flush(): AccessUnit[]
}

/** Packets that may arrive before a missing one until it is given up; use 0 on a stream that keeps order. @default 64 */
export const DEFAULT_REORDER_PACKETS = 64
/** Larger access units are damaged, in bytes. @default 8388608 */
export const MAX_ACCESS_UNIT_BYTES = 8_388_608
/** A jump of more than this many sequence numbers is a new stream, not loss. */
const MAX_MISSING = 3_000

/** What one codec's payloads are; one for each stream, for what was begun in one packet may go on in the next. */
export interface PayloadReader {
  /** Puts what is whole with this payload into the unit. Marks the unit as damaged where that is wrong; never throws. */
  read(payload: Uint8Array, unit: OpenUnit): void
  /** What was begun will not go on. Answers whether anything was. */
  abandon(): boolean
  /** The payload can only be the first of a picture. */
  startsPicture(payload: Uint8Array): boolean
  /** What was read is a picture that can be decoded without an earlier one. */
  isKeyframe(nals: readonly Uint8Array[]): boolean
  /** What was read as one picture, when that is not the same. */
  join?(parts: readonly Uint8Array[]): Uint8Array[]
}

/** A codec of which a payload's last unit may go on in the next packet: `unpack` puts the others into the picture, and answers the parts of that one so far. */
export function inPieces(unpack: (payload: Uint8Array, unit: OpenUnit, open: Uint8Array[] | undefined) => Uint8Array[] | undefined, words: Pick<PayloadReader, 'startsPicture' | 'isKeyframe'>): PayloadReader {
  let open: Uint8Array[] | undefined
  return {
    ...words,
    read(payload, unit) { open = unpack(payload, unit, open) },
    abandon() {
      const was = open !== undefined
      open = undefined
      return was
    }
  }
}

/** A picture that is being put together. */
export interface OpenUnit { nals: Uint8Array[]; timestamp: number; bytes: number; damaged: boolean; lost: number }

/** Puts packets in order and access units together. In-order streams are not delayed. */
export function depacketiser(reader: PayloadReader, init: { reorderPackets?: number | undefined } = {}): Depacketiser {
  const window = init.reorderPackets ?? DEFAULT_REORDER_PACKETS
  const waiting = new Map<number, RtpPacket>()
  const assembler = accessUnits(reader)
  let next: number | undefined

  function drain(out: AccessUnit[]): void {
    for (let packet = take(); packet !== undefined; packet = take()) {
      assembler.add(packet, out)
      next = ((next as number) + 1) & 0xffff
    }
  }
  function take(): RtpPacket | undefined {
    const packet = waiting.get(next as number)
    waiting.delete(next as number)
    return packet
  }
  /** Give up what is missing before the earliest packet that waits. */
  function skip(out: AccessUnit[]): void {
    const distance = Math.min(...[...waiting.keys()].map((sequence) => (sequence - (next as number)) & 0xffff))
    assembler.missing(distance)
    next = ((next as number) + distance) & 0xffff
    drain(out)
  }

  return {
    push(packet) {
      const out: AccessUnit[] = []
      next ??= packet.sequence
      const ahead = (packet.sequence - next) & 0xffff
      if (ahead > 0xffff - MAX_MISSING) return out // too late, or a duplicate
      if (ahead > MAX_MISSING) {
        while (waiting.size > 0) skip(out)
        assembler.missing(MAX_MISSING)
        next = packet.sequence
      }
      waiting.set(packet.sequence, packet)
      drain(out)
      while (waiting.size > window) skip(out)
      return out
    },
    flush() {
      const out: AccessUnit[] = []
      while (waiting.size > 0) skip(out)
      assembler.end(out)
      return out
    }
  }
}

interface Assembler {
  add(packet: RtpPacket, out: AccessUnit[]): void
  missing(packets: number): void
  /** No more packets come: without its marker the last unit may lack its end. */
  end(out: AccessUnit[]): void
}

/** Access units from packets in order, told of the gaps. */
function accessUnits(reader: PayloadReader): Assembler {
  let unit: OpenUnit | undefined
  let gap = 0

  function finish(out: AccessUnit[]): void {
    if (unit === undefined) return
    if (reader.abandon()) unit.damaged = true
    const { timestamp, damaged, lost } = unit
    const nals = reader.join?.(unit.nals) ?? unit.nals
    unit = undefined
    out.push({ nals, timestamp, damaged: damaged || nals.length === 0, lost, keyframe: reader.isKeyframe(nals) })
  }

  function begin(packet: RtpPacket, lost: number, sure: boolean): OpenUnit {
    const whole = lost === 0 || sure || reader.startsPicture(packet.payload)
    return { nals: [], timestamp: packet.timestamp, bytes: 0, damaged: !whole, lost }
  }

  /** A gap lies before this packet: settle whose it was. */
  function settle(packet: RtpPacket, out: AccessUnit[]): { lost: number; sure: boolean } {
    const lost = gap
    gap = 0
    if (lost === 0) return { lost, sure: true }
    const open = unit
    if (open === undefined) return { lost, sure: false }
    open.damaged = true
    if (open.timestamp === packet.timestamp) open.lost += lost
    // the open unit's last packet is among the missing: when only one is, this packet begins its unit
    else finish(out)
    return { lost, sure: lost === 1 }
  }

  return {
    missing(packets) {
      gap += packets
      if (reader.abandon() && unit !== undefined) unit.damaged = true
    },
    add(packet, out) {
      const { lost, sure } = settle(packet, out)
      if (unit !== undefined && unit.timestamp !== packet.timestamp) finish(out)
      if (packet.payload.length === 0) return // padding only
      unit ??= begin(packet, lost, sure)
      unit.bytes += packet.payload.length
      if (unit.bytes > MAX_ACCESS_UNIT_BYTES) overflow(unit)
      else reader.read(packet.payload, unit)
      if (packet.marker) finish(out)
    },
    end(out) {
      if (unit !== undefined) unit.damaged = true
      finish(out)
    }
  }
}

function overflow(unit: OpenUnit): void {
  unit.damaged = true
  unit.nals.length = 0
}

/** The parts of one thing in one array. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
