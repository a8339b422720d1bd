/** Why a second of a camera was not recorded: the few words the ledger knows, and how what was said becomes one of them. */

/** Reasons of time that is lost. */
export const LOSS = Object.freeze({
  unplugged: 'camera unplugged',
  silent: 'camera silent',
  peer: 'peer silent',
  link: 'link cut',
  node: 'node lost',
  stopped: 'node stopped',
  disk: 'disk full',
  stuck: 'recorder stuck',
  packets: 'packets lost',
  keyframe: 'no keyframe came',
  clock: 'camera clock jumped',
  set: 'node clock was set',
  format: 'picture format changed',
  moved: 'moved between nodes',
  starting: 'recording was starting',
  codec: 'codec can not be recorded',
  other: 'recording failed',
  nobody: 'no node was there'
} as const)

/** Reasons of time that nobody expected to be recorded. */
export const NOT_EXPECTED = Object.freeze({
  off: 'recording switched off',
  schedule: 'outside schedule',
  manual: 'not started',
  motion: 'no motion',
  away: 'marked away',
  before: 'before first attach',
  expired: 'expired',
  notYet: 'not yet'
} as const)

const PLANNED: ReadonlySet<string> = new Set(Object.values(NOT_EXPECTED))

/** Whether a session ended because nobody expected it to go on: that explains nothing which is lost later. */
export const endedAsPlanned = (said: string | undefined): boolean => said !== undefined && PLANNED.has(said)

/** What ended a session, in the words of whoever ended it: the recorder, the node, the peer. The first that fits. */
const WORDS: ReadonlyArray<readonly [RegExp, string]> = [
  [/recorder stuck|made no part/, LOSS.stuck],
  [/can not be recorded/, LOSS.codec],
  [/no keyframe/, LOSS.keyframe],
  [/node stopping|node is stopping/, LOSS.stopped],
  [/another node|publisher connected again/, LOSS.moved],
  [/storage is|disk|space|ENOSPC|EROFS|abandoned|W(?:rite)? ?quorum/i, LOSS.disk],
  [/packets? lost|fell behind/, LOSS.packets],
  [/clock jumped/, LOSS.clock],
  [/clock of the node/, LOSS.set],
  [/format changed|source started anew/, LOSS.format],
  [/sent nothing|nobody sends|no picture for/, LOSS.silent],
  [/plugged|is gone|not there|no picture|no such device|ENODEV|ENOENT/i, LOSS.unplugged],
  [/stream|connection|took no|took nothing|too slow|message/, LOSS.link],
  [/the publisher (?:left|ended)|camera was stopped|peer/, LOSS.peer]
]

/** The ledger's word for what was said when a recording ended. */
export function reasonOf(said: string): string {
  return WORDS.find(([words]) => words.test(said))?.[1] ?? LOSS.other
}
