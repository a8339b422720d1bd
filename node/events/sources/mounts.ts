import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { repeating } from '#ring/base/tasks.ts'
import { CARD_PLACES } from '../../offload/card/cards.ts'
import type { EventBus } from '../events.ts'

/** Where Linux says what is mounted. */
export const MOUNT_INFO = '/proc/self/mountinfo'
/** How often it is read, in ms. @default 2000 */
export const MOUNT_LOOK_MS = 2_000

export interface MountEventsInit {
  /** @default MOUNT_INFO */
  file?: string
  /** @default MOUNT_LOOK_MS */
  everyMs?: number
}

/** `card.inserted`, `card.removed`: a disk appears where cards are mounted, or goes. What is there at the start is nothing new. */
export function mountEvents(bus: Pick<EventBus, 'emit'>, log: Logger, { file = MOUNT_INFO, everyMs = MOUNT_LOOK_MS }: MountEventsInit = {}): Startable {
  let before: Map<string, string> | undefined

  async function look(): Promise<void> {
    const text = await readFile(file, 'utf8').catch(() => undefined) // not Linux
    if (text === undefined) return
    const now = cardsIn(text)
    const was = before ?? now
    before = now
    for (const [path, device] of now) if (!was.has(path)) bus.emit('card.inserted', { path, device, label: basename(path) })
    for (const [path, device] of was) if (!now.has(path)) bus.emit('card.removed', { path, device, label: basename(path) })
  }

  const looking = repeating(look, everyMs, log)
  return {
    async start() {
      await looking.now()
      return looking.start()
    },
    stop: () => looking.stop()
  }
}

/** Mount points that may be cards, and their devices; blanks are written in octal. */
export function cardsIn(mountInfo: string): Map<string, string> {
  const unescaped = (text: string): string => Buffer.from(text.replace(/\\([0-7]{3})/g, (_whole, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))), 'latin1').toString('utf8')
  const found = new Map<string, string>()
  for (const line of mountInfo.split('\n')) {
    const [fields = '', rest = ''] = line.split(' - ')
    const path = unescaped(Buffer.from(fields.split(' ')[4] ?? '', 'utf8').toString('latin1'))
    if (CARD_PLACES.some((place) => path.startsWith(`${place}/`))) found.set(path, rest.split(' ')[1] ?? '')
  }
  return found
}
