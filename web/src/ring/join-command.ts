/** Words a shell takes as they are. */
const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/

/** One word of a command line, quoted when a shell would read it otherwise. */
export function shellWord(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** The command that adds a machine to the ring. */
export function nodeCommand(invite: string, data: string): string {
  return `npx thatdam node --data ${shellWord(data || './thatdam-data')} --join ${shellWord(invite)}`
}

/** The command that attaches a camera. */
export function peerCommand(invite: string, camera: string, source: string): string {
  return `npx thatdam peer --join ${shellWord(invite)} --camera ${shellWord(camera || 'camera')} --source ${shellWord(source || 'test')}`
}
