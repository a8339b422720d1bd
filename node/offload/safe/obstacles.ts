/** What speaks against formatting a card, wherever its chunks are: a sentence each. */
import type { Failure } from '../offload.ts'
import type { RollList } from '../rolls/roll-list.ts'
import type { Roll } from '../rolls/roll-record.ts'
import { isHistoryPath } from '../card/same-card.ts'

/** `list`: the roll's files, where they can be read. */
export function obstaclesOf(roll: Roll, list?: RollList): string[] {
  return [...unfinished(roll), ...failed(roll), ...left(roll), ...list === undefined ? [] : [...doubted(roll, list), ...readOnce(roll, list)]]
}

function unfinished({ state, failed }: Roll): string[] {
  if (state === 'copying') return ['the card is still being copied']
  return state === 'incomplete' && failed === 0 ? ['the card was not copied to its end: put it back and offload it again'] : []
}

function left({ leftOnCard: count }: Roll): string[] {
  return count === 0 ? [] : [`${count} ${count === 1 ? 'file' : 'files'} on the card ${count === 1 ? 'was' : 'were'} not offloaded: offload it again`]
}

function failed({ failed, failures: [first] }: Roll): string[] {
  return failed === 0 ? [] : [notAll(failed, first)]
}

/** What went wrong, and with which file or place first. */
export const notAll = (count: number, first: Failure | undefined): string =>
  `not all is copied and verified${first === undefined ? '' : `: ${first.path}: ${first.reason}`}${count > 1 ? `, and ${count - 1} more` : ''}`

/** What was asked for holds until it is done. */
function readOnce({ verify, state }: Roll, { files }: RollList): string[] {
  const own = [...files.values()].filter(({ path }) => !isHistoryPath(path))
  const once = own.filter(({ sourceVerified, doubted }) => !sourceVerified && !doubted).length
  return verify !== 'source+copy' || state === 'copying' || once === 0 ? [] : [`${once} of ${own.length} ${own.length === 1 ? 'file' : 'files'} ${once === 1 ? 'was' : 'were'} read from the card only once, and twice was asked for: put it back and offload it again`]
}

/** A doubt is told as a failure by the run that found it, and lasts when a later run does not see the file. */
function doubted({ failed }: Roll, { files }: RollList): string[] {
  const count = [...files.values()].filter(({ doubted }) => doubted).length
  return failed > 0 || count === 0 ? [] : [`${count} ${count === 1 ? 'file' : 'files'} did not read the same each time: put the card back and offload it again`]
}
