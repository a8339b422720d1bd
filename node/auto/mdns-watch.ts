import multicastDns from 'multicast-dns'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { SeenRing } from './rule.ts'

/** What machines that look for a ring call themselves by multicast DNS. */
export const AUTO_SERVICE = '_thatdam-auto._udp.local'
/** Nodes of a ring call each other by such names; the ring's id begins with what is in them. */
const NODE_SERVICE = /^_thatdam-([0-9a-f]{16})\._udp\.local$/
/** This machine says so often that it looks, in ms. @default 1000 */
export const CALL_EVERY_MS = 1_000
/** A machine not heard for this long does not look any more, in ms: one that founds is silent until its node is up. @default 30000 */
export const RIVAL_SILENCE_MS = 30_000
/** Rings and rivals remembered, at most. @default 64 */
export const MAX_NOTICED = 64

/** Listens for rings and for other machines that look for one. It answers nothing, and tells nothing but its own sign. */
export interface MdnsWatch extends Startable {
  rings(): SeenRing[]
  rivals(): string[]
}

export interface MdnsWatchInit {
  /** This machine's own sign; without one it only listens. */
  self?: string | undefined
  /** Whether it is to be heard of now. @default always */
  calls?: () => boolean
}

export function mdnsWatch({ self, calls = () => true }: MdnsWatchInit): MdnsWatch {
  const rings = new Map<string, SeenRing>()
  const rivals = new Map<string, number>()
  let socket: ReturnType<typeof multicastDns> | undefined
  let calling: NodeJS.Timeout | undefined

  function onName(name: string, address: string): void {
    const ring = NODE_SERVICE.exec(name)?.[1]
    if (ring !== undefined && rings.size < MAX_NOTICED && !rings.has(ring)) rings.set(ring, { ring, at: address, via: 'mDNS' })
  }

  function onSign(data: unknown): void {
    const sign = (Array.isArray(data) ? data : [data]).map(String).find((text) => /^sign=[0-9a-f]{32}$/.test(text))?.slice('sign='.length)
    if (sign !== undefined && sign !== self && (rivals.has(sign) || rivals.size < MAX_NOTICED)) rivals.set(sign, performance.now())
  }

  function call(): void {
    if (self !== undefined && calls()) socket?.respond({ answers: [{ name: AUTO_SERVICE, type: 'TXT', ttl: 5, data: `sign=${self}` }] })
  }

  return {
    rings: () => [...rings.values()],
    rivals: () => [...rivals].filter(([, heardAt]) => performance.now() - heardAt < RIVAL_SILENCE_MS).map(([sign]) => sign),
    start() {
      socket = multicastDns()
      for (const kind of ['error', 'warning'] as const) socket.on(kind as 'error', () => {}) // a machine without multicast notices nobody
      socket.on('packet' as 'query', (packet, from) => {
        const { address } = from as { address: string }
        for (const { name } of packet.questions ?? []) onName(name, address)
        for (const answer of packet.answers ?? []) {
          onName(answer.name, address)
          if (answer.name === AUTO_SERVICE && answer.type === 'TXT') onSign(answer.data)
        }
      })
      call()
      calling = setInterval(call, CALL_EVERY_MS)
    },
    async stop() {
      clearInterval(calling)
      await new Promise<void>((resolve) => {
        if (socket === undefined) resolve()
        else socket.destroy(() => resolve())
      })
    }
  }
}
