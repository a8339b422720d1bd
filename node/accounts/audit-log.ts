import { appendFile, mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { MAX_AUDIT_ENTRIES, MAX_AUDIT_ENTRY_BYTES } from '#protocols/audit.ts'
import type { AuditEntry } from '#protocols/http.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'

/** A file of the log is put aside at this size, in bytes. @default 8388608 */
export const AUDIT_FILE_BYTES = 8 * 1024 ** 2
/** Files that are kept; with another the oldest goes. @default 12 */
export const AUDIT_FILES = 12
/** The same done again within this time is one entry with a count, in ms. @default 5000 */
export const AUDIT_TOGETHER_MS = 5_000
/** Targets that one entry names. @default 20 */
export const AUDIT_TARGETS = 20

/** Longest detail of an entry, in characters. @default 160 */
export const AUDIT_DETAIL = 160

/** What is noted; the log adds when and where. */
export type AuditNote = Pick<AuditEntry, 'kind' | 'id' | 'who' | 'address' | 'action' | 'status'> & { readonly detail?: string | undefined; readonly target?: string | undefined }

export interface AuditQuestion { readonly beforeMs?: number; readonly limit?: number; readonly text?: string }

/** What people did on this node: lines of JSON that are only ever added to. */
export interface AuditLog extends Startable {
  note(note: AuditNote): void
  /** The newest first. */
  read(question: AuditQuestion): Promise<AuditEntry[]>
}

export interface AuditLogInit {
  readonly folder: string
  readonly node: string
  /** @default AUDIT_FILE_BYTES */
  readonly fileBytes?: number
  /** @default AUDIT_TOGETHER_MS */
  readonly togetherMs?: number
  readonly now?: () => number
}

const NAME = 'audit.jsonl'

export function createAuditLog({ log }: { log: Logger }, { folder, node, fileBytes = AUDIT_FILE_BYTES, togetherMs = AUDIT_TOGETHER_MS, now = Date.now }: AuditLogInit): AuditLog {
  const file = (age: number): string => join(folder, age === 0 ? NAME : `audit.${age}.jsonl`)
  const open = new Map<string, AuditEntry>()
  let writing = Promise.resolve()
  let size = 0
  let timer: NodeJS.Timeout | undefined

  function note({ detail = '', target, ...rest }: AuditNote): void {
    const key = [rest.kind, rest.id, rest.address, rest.action, detail, rest.status].join('\n')
    const known = open.get(key)
    const targets = target === undefined || known?.targets.includes(target) ? known?.targets ?? [] : [...known?.targets ?? [], target.slice(0, 80)].slice(0, AUDIT_TARGETS)
    open.set(key, { ...rest, who: rest.who.slice(0, 100), action: rest.action.slice(0, 200), ...detail !== '' && { detail: detail.slice(0, AUDIT_DETAIL) }, node, atMs: now(), targets, count: (known?.count ?? 0) + 1 })
    timer ??= setTimeout(() => void flush(), togetherMs)
    timer.unref()
  }

  function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const lines = [...open.values()].map((entry) => `${lineOf(entry)}\n`).join('')
    open.clear()
    if (lines !== '') writing = writing.then(() => append(lines)).catch((err) => log.error('could not write the audit log - %s', err))
    return writing
  }

  async function append(lines: string): Promise<void> {
    if (size > 0 && size + lines.length > fileBytes) await rotate()
    await appendFile(file(0), lines, { mode: 0o600 })
    size += Buffer.byteLength(lines)
  }

  async function rotate(): Promise<void> {
    await rm(file(AUDIT_FILES - 1), { force: true })
    for (let age = AUDIT_FILES - 2; age >= 0; age--) await rename(file(age), file(age + 1)).catch(() => {}) // a file that is not there is not put aside
    size = 0
  }

  return {
    async start() {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      size = await stat(file(0)).then((found) => found.size, () => 0)
    },
    stop: flush,
    note,
    async read({ beforeMs = 0, limit = 100, text = '' }) {
      await flush()
      const [most, words, found] = [Math.min(Math.max(1, limit), MAX_AUDIT_ENTRIES), text.toLowerCase(), [] as AuditEntry[]]
      for (let age = 0; age < AUDIT_FILES && found.length < most; age++) {
        const lines = (await readFile(file(age), 'utf8').catch(() => '')).split('\n')
        for (const line of lines.reverse()) {
          const entry = found.length < most && line.toLowerCase().includes(words) ? entryOf(line) : undefined
          if (entry !== undefined && (beforeMs === 0 || entry.atMs < beforeMs)) found.push(entry)
        }
      }
      return found
    }
  }
}

/** Short enough for whoever gathers them. */
export function lineOf(entry: AuditEntry): string {
  for (let targets = entry.targets; ; targets = targets.slice(0, -1)) {
    const line = JSON.stringify({ ...entry, targets })
    if (Buffer.byteLength(line) <= MAX_AUDIT_ENTRY_BYTES || targets.length === 0) return line
  }
}

/** A line that was cut off by a power cut is none; another node's word is checked, too. */
export function entryOf(line: string): AuditEntry | undefined {
  try {
    const { atMs, node, kind, id, who, address, action, detail, targets, count, status } = JSON.parse(line) as AuditEntry
    const isSound = [node, kind, id, who, address, action].every((text) => typeof text === 'string') && [atMs, count, status].every((number) => typeof number === 'number') && Array.isArray(targets)
    return isSound ? { atMs, node, kind, id, who, address, action, ...typeof detail === 'string' && { detail }, targets: targets.filter((target) => typeof target === 'string'), count, status } : undefined
  } catch {
    return undefined
  }
}
