import { deafen, split, unplug } from './cut.ts'
import { exhaustDisk, fillDisk } from './fill-disk.ts'
import { freeze } from './freeze.ts'
import { kill } from './kill.ts'
import { letGo } from './let-go.ts'
import { drain, drainAndKill, join, remove, reweigh } from './membership.ts'
import type { Nemesis } from './nemesis.ts'
import { makeReadOnly } from './read-only.ts'
import { createRot } from './rot.ts'
import { rotCatalog } from './rot-catalog.ts'
import { skewClock } from './skew-clock.ts'
import { narrowLink, slowLink } from './slow-link.ts'
import { strikeOffMidUpload } from './strike-off.ts'
import { wipe } from './wipe.ts'

export { MEMBERSHIP } from './membership.ts'
export type { Nemesis, World } from './nemesis.ts'

/** Names of those that take a minute each: for `run.ts` and the mutations. */
export const SLOW: readonly string[] = ['let go', 'strike off']

/** One of each. */
export const createNemeses = (): Nemesis[] => [kill, freeze, unplug, split, deafen, slowLink, narrowLink, skewClock, fillDisk, exhaustDisk, makeReadOnly, createRot(), rotCatalog, wipe, join, drain, drainAndKill, remove, reweigh, letGo, strikeOffMidUpload]
