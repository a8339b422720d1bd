import { isKeyframe, NAL, nalType } from './h264.ts'
import type { RtpPacket } from './packet.ts'

/** One coded picture as it came. NALs are copies, without start codes. */
export interface AccessUnit {
  readonly nals: Uint8Array[]
  /** 90 kHz, 32 bit, as in the packets. */
  readonly timestamp: number
  readonly keyframe: boolean
  /** Part of it is missing or was malformed: do not decode, do not record. */
  readonly damaged: boolean
  /** Packets missing since the access unit before: unless 0, only a keyframe can be decoded next (with the parameter sets known before, when it has none). */
  readonly lost: number
}

export interface H264Depacketiser {
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

/** Puts packets in order and access units together (RFC 6184 section 7). In-order streams are not delayed. */
export function h264Depacketiser(init: { reorderPackets?: number } = {}): H264Depacketiser {
  const window = init.reorderPackets ?? DEFAULT_REORDER_PACKETS
  const waiting = new Map<number, RtpPacket>()
  const assembler = accessUnits()
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

interface Unit { nals: Uint8Array[]; timestamp: number; bytes: number; damaged: boolean; lost: number }

/** Access units from packets in order, told of the gaps. */
function accessUnits(): Assembler {
  let unit: Unit | undefined
  let fragment: Uint8Array[] | undefined
  let gap = 0

  function finish(out: AccessUnit[]): void {
    if (unit === undefined) return
    if (fragment !== undefined) unit.damaged = true
    fragment = undefined
    const { nals, timestamp, damaged, lost } = unit
    unit = undefined
    out.push({ nals, timestamp, damaged: damaged || nals.length === 0, lost, keyframe: isKeyframe(nals) })
  }

  function begin(packet: RtpPacket, lost: number, sure: boolean): Unit {
    const whole = lost === 0 || sure || startsPicture(packet.payload)
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
      if (fragment !== undefined && unit !== undefined) unit.damaged = true
      fragment = undefined
    },
    add(packet, out) {
      const { lost, sure } = settle(packet, out)
      if (unit !== undefined && unit.timestamp !== packet.timestamp) finish(out)
      if (packet.payload.length === 0) return // padding only
      unit ??= begin(packet, lost, sure)
      fragment = unpack(packet.payload, unit, fragment)
      if (packet.marker) finish(out)
    },
    end(out) {
      if (unit !== undefined) unit.damaged = true
      finish(out)
    }
  }
}

/** Puts the payload's NALs into the unit; answers the fragments of a NAL that goes on in the next packet. */
function unpack(payload: Uint8Array, unit: Unit, open: Uint8Array[] | undefined): Uint8Array[] | undefined {
  unit.bytes += payload.length
  const header = payload[0] as number
  const type = header & 0x1f
  if (unit.bytes > MAX_ACCESS_UNIT_BYTES || (header & 0x80) !== 0) return damage(unit)
  if (type === NAL.fuA) return unpackFragment(payload, unit, open)
  if (open !== undefined) unit.damaged = true // a NAL was begun and never ended
  if (type >= 1 && type < NAL.stapA) unit.nals.push(payload.slice())
  else if (type === NAL.stapA) unpackAggregate(payload, unit)
  else unit.damaged = true // STAP-B, MTAP, FU-B: not in packetization-mode 1
  return undefined
}

function damage(unit: Unit): undefined {
  unit.damaged = true
  if (unit.bytes > MAX_ACCESS_UNIT_BYTES) unit.nals.length = 0
  return undefined
}

function unpackFragment(payload: Uint8Array, unit: Unit, open: Uint8Array[] | undefined): Uint8Array[] | undefined {
  const indicator = payload[0] as number
  const header = payload[1] ?? 0
  const type = header & 0x1f
  const starts = (header & 0x80) !== 0
  const ends = (header & 0x40) !== 0
  if (payload.length < 3 || (starts && ends) || type < 1 || type >= NAL.stapA || starts === (open !== undefined)) {
    unit.damaged = true
    if (!starts || payload.length < 3 || ends || type < 1 || type >= NAL.stapA) return undefined
  }
  const parts = starts || open === undefined ? [Uint8Array.of((indicator & 0xe0) | type)] : open
  parts.push(payload.subarray(2))
  if (!ends) return parts
  if ((parts[0]?.[0] ?? 0) !== ((indicator & 0xe0) | type)) return damage(unit)
  unit.nals.push(concat(parts))
  return undefined
}

function unpackAggregate(payload: Uint8Array, unit: Unit): void {
  for (let at = 1; at < payload.length;) {
    const size = ((payload[at] as number) << 8) | (payload[at + 1] ?? 0)
    const nal = payload.subarray(at + 2, at + 2 + size)
    const type = nalType(nal)
    if (size === 0 || nal.length < size || type < 1 || type >= NAL.stapA) {
      unit.damaged = true
      return
    }
    unit.nals.push(nal.slice())
    at += 2 + size
  }
}

/** The payload can only be the first of a picture: parameter sets, a delimiter, or a slice that begins at macroblock 0. */
function startsPicture(payload: Uint8Array): boolean {
  let type = nalType(payload)
  let body = payload[1]
  if (type === NAL.fuA) {
    if (((payload[1] ?? 0) & 0x80) === 0) return false
    type = (payload[1] as number) & 0x1f
    body = payload[2]
  }
  if (type === NAL.stapA || type === NAL.sps || type === NAL.delimiter) return true
  // first_mb_in_slice is ue(v): 0 is coded as a single 1 bit (H.264 section 7.3.3)
  return (type === NAL.slice || type === NAL.idr) && ((body ?? 0) & 0x80) !== 0
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
