import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeDurably } from '#ring/base/durable-file.ts'
import type { Logger } from '#ring/base/log.ts'
import { type Entry, type EntryHead, headOf, type StepChanges, stepOf } from './history-entry.ts'

/** Assets of a step in one line of the file. @default 500 */
export const ASSETS_A_LINE = 500
/** The file may grow by so much before it is written anew, in UTF-16 units. @default 8388608 */
export const HISTORY_REWRITE_LENGTH = 8 * 1024 * 1024
/** So much is written anew at most, in UTF-16 units: older steps are forgotten by the file, not by the node that runs. @default 16777216 */
export const MAX_HISTORY_LENGTH = 16 * 1024 * 1024

const FILE = 'history.jsonl'

/** What a step changed, or changed more, and how it stands: a step is all that its notes say. */
export interface HistoryNote extends StepChanges {
  readonly head: EntryHead
  readonly state: Entry['state']
  /** As `Entry.turnedMs`. @default 0 */
  readonly turnedMs?: number
}

/** The steps of people in a file of JSON lines. A step of which a crash left a part is none. */
export interface HistoryJournal {
  /** Tells all that was noted, oldest first; from then on notes are written, and `entries` when the file is written anew. */
  load(tell: (note: HistoryNote) => void, entries: () => Iterable<Entry>): Promise<void>
  /** Written soon, once it was loaded; a disk that refuses is no reason for an edit to fail. */
  note(note: HistoryNote): void
  /** Resolves when all that was noted is written. */
  close(): Promise<void>
}

export function createHistoryJournal({ folder, log }: { folder: string; log: Logger }): HistoryJournal {
  let whole: (() => string) | undefined
  let writing: Promise<void> = Promise.resolve()
  let grown = 0

  async function write(note: HistoryNote): Promise<void> {
    for (const line of linesOf(note)) {
      grown += line.length
      await appendFile(join(folder, FILE), line, { mode: 0o600 })
    }
    if (grown < HISTORY_REWRITE_LENGTH || whole === undefined) return
    grown = 0
    await writeDurably(folder, FILE, whole())
  }

  return {
    async load(tell, entries) {
      await mkdir(folder, { recursive: true })
      const text = await readFile(join(folder, FILE), 'utf8').catch((err: { code?: string }) => {
        if (err.code !== 'ENOENT') throw err
        return ''
      })
      for (const note of notesIn(text)) tell(note)
      whole = () => textOf([...entries()])
      await writeDurably(folder, FILE, whole()).catch((err) => log.error('the history is not written anew - %s', err)) // a full disk keeps no node from starting
    },
    note(note) {
      if (whole === undefined) return
      writing = writing.then(() => write(note)).catch((err) => log.error('what was done is not written, so that it can not be undone after a restart: %s - %s', note.head.title, err))
    },
    close: () => writing
  }
}

interface Line extends HistoryNote {
  /** More of the same note follows in the next line. */
  readonly isCut?: boolean
}

function* linesOf(note: HistoryNote): Generator<string> {
  for (let at = 0; at === 0 || at < note.assets.length; at += ASSETS_A_LINE) {
    const end = at + ASSETS_A_LINE
    yield `${JSON.stringify({ ...note, assets: note.assets.slice(at, end), isCut: end < note.assets.length } satisfies Line)}\n`
  }
}

function* notesIn(text: string): Generator<HistoryNote> {
  let cut: Line[] = []
  for (const json of text.split('\n')) {
    const line = parse(json)
    if (line === undefined) continue
    if (cut[0]?.head.id !== line.head.id) cut = [] // the disk refused the rest of it
    cut.push(line)
    if (line.isCut === true) continue
    yield* cut
    cut = []
  }
}

/** As many of the newest as fit, each as it was done, then what was undone of them: a new step ends what was undone before it. */
function textOf(entries: readonly Entry[]): string {
  const texts = new Map<Entry, string>()
  let length = 0
  for (const entry of entries.toReversed().sort((a, b) => b.atMs - a.atMs)) {
    const text = [...linesOf({ head: headOf(entry), state: 'done', turnedMs: entry.turnedMs, ...stepOf(entry) })].join('')
    length += text.length
    if (length > MAX_HISTORY_LENGTH) break
    texts.set(entry, text)
  }
  const kept = entries.filter((entry) => texts.has(entry))
  const undone = kept.filter(({ state }) => state === 'undone').flatMap((entry) => [...linesOf({ head: headOf(entry), state: 'undone', turnedMs: entry.turnedMs, assets: [], records: [] })])
  return [...kept.map((entry) => texts.get(entry)), ...undone].join('')
}

function parse(json: string): Line | undefined {
  try {
    const line = JSON.parse(json) as Line
    const isWhole = [line.head.id, line.head.owner, line.head.who, line.head.title].every((text) => typeof text === 'string') && typeof line.head.atMs === 'number'
    return isWhole && Array.isArray(line.assets) && Array.isArray(line.records) ? line : undefined
  } catch {
    return undefined
  }
}
