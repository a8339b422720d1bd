/** How many connections there are open files for: the library binds their sockets, and one that can not be opened ends the process. */
import { readFileSync } from 'node:fs'

/** Open files that are left to everything else: the store, the ring, and who asks over HTTP. @default 2048 */
export const OTHER_FILES = 2_048
/** What Linux says a process may have. */
export const LIMITS_FILE = '/proc/self/limits'

/** Viewers and publishers at once. */
export interface Places { readonly viewers: number; readonly publishers: number }

/** Of as many as are wanted those there are sockets for, at least one of each. Each opens so many; `limits` is the text of LIMITS_FILE. */
export function placesWithin(limits: string, socketsEach: number, { viewers, publishers }: Places): Places {
  const [, files] = /^Max open files +(\d+)/m.exec(limits) ?? []
  if (files === undefined) return { viewers, publishers } // "unlimited", or not said
  const connections = Math.floor((Number(files) - OTHER_FILES) / socketsEach)
  const taken = atLeastOne(publishers, connections)
  return { publishers: taken, viewers: atLeastOne(viewers, connections - taken) }
}

/** Sockets of one connection: one for each address of this machine, with TCP another, and one more for a moment. */
export const socketsOf = (addresses: number, iceTcp: boolean): number => addresses * (iceTcp ? 2 : 1) + 1

/** What this process may have open; empty where nothing says so. */
export function readLimits(): string {
  try {
    return readFileSync(LIMITS_FILE, 'utf8')
  } catch {
    return ''
  }
}

const atLeastOne = (wanted: number, most: number): number => Math.max(1, Math.min(wanted, most))
