import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { repeating } from '#ring/base/tasks.ts'
import type { MdnsWatch } from './mdns-watch.ts'
import type { Candidate } from './overlays.ts'
import { answers, parsePlace, type Place } from './probe-address.ts'
import type { SeenRing } from './rule.ts'

/** Addresses and overlay networks are asked so often, in ms. @default 5000 */
export const LOOK_EVERY_MS = 5_000

/** All that is noticed of rings and of machines that look for one, by every way there is. */
export interface Lookout extends Startable {
  rings(): SeenRing[]
  rivals(): string[]
}

export interface LookoutComponents {
  /** Absent with --no-mdns. */
  mdns: MdnsWatch | undefined
  candidates: () => Promise<Candidate[]>
  log: Logger
}

/** What was noticed once is remembered: a ring that is silent for a while is still a ring. @throws InvalidInputError for an address that is none */
export function createLookout({ mdns, candidates, log }: LookoutComponents, { bootstrap }: { bootstrap: readonly string[] }): Lookout {
  const places = bootstrap.map((text) => ({ text, place: parsePlace(text), via: '--bootstrap' }))
  const noticed = new Map<string, SeenRing>()
  const looking = repeating(look, LOOK_EVERY_MS, log)

  async function look(): Promise<void> {
    const overlay = (await candidates()).map(({ host, via }) => ({ text: host, via, place: parsePlace(host.includes(':') ? `[${host}]` : host) }))
    await Promise.all([...places, ...overlay].filter(({ text }) => !noticed.has(text)).map(notice))
  }

  async function notice({ text, place, via }: { text: string; place: Place; via: string }): Promise<void> {
    if (await answers(place)) noticed.set(text, { ring: '', at: text, via })
  }

  return {
    rings: () => [...mdns?.rings() ?? [], ...noticed.values()],
    rivals: () => mdns?.rivals() ?? [],
    async start() {
      await mdns?.start()
      void looking.now()
      looking.start()
    },
    async stop() {
      await looking.stop()
      await mdns?.stop()
    }
  }
}
