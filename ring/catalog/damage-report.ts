import { appendFile, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Alarms } from '../base/alarms.ts'
import type { Logger } from '../base/log.ts'
import type { DocumentName } from './document-name.ts'
import type { LostChanges } from './fill-gaps.ts'

/** Documents named in one alarm; the others are counted. @default 5 */
export const NAMED_DOCUMENTS = 5

/** Alarm that stands while documents lack something other nodes may have. */
export const CATALOG_DAMAGED = 'catalog-damaged'
/** Alarm that stands while damaged parts lie in the folder for a person to look at. */
export const CATALOG_SET_ASIDE = 'catalog-set-aside'

export interface DamageReportComponents {
  readonly log: Logger
  readonly alarms?: Pick<Alarms, 'raise' | 'clear'>
}

/** What was found damaged on this node's disk: told to people, and kept aside in a folder with a `report.txt` until they remove it. */
export class DamageReport {
  readonly #components: DamageReportComponents
  readonly #dir: string
  readonly #standing = new Map<DocumentName, string>()
  #writing: Promise<void> = Promise.resolve()

  constructor(components: DamageReportComponents, dir: string) {
    this.#components = components
    this.#dir = dir
  }

  /** A document lacks something; `broken` is what lay in the place of its records. */
  damaged(document: DocumentName, reason: string, broken: ReadonlyMap<number, Uint8Array>): void {
    if (this.#standing.get(document) === reason) return
    this.#components.log.error('document %s is damaged: %s; what is readable is used, the rest is asked of other nodes', document, reason)
    this.#standing.set(document, reason)
    this.#tell()
    this.#note(`document ${document} is damaged: ${reason}`, broken, document)
  }

  /** The document was found damaged on disk and written again from memory. */
  rewritten(document: DocumentName, reason: string, broken: ReadonlyMap<number, Uint8Array>): void {
    this.#components.log.error('document %s was damaged on disk (%s), and is written again from memory', document, reason)
    this.#note(`document ${document} was damaged on disk: ${reason}; nothing of it is lost`, broken, document)
  }

  /** The document is as whole as it can be: `lost` is what no node has. */
  whole(document: DocumentName, lost: readonly LostChanges[]): void {
    if (!this.#standing.delete(document)) return
    const count = lost.reduce((sum, each) => sum + each.count, 0)
    const outcome = count === 0 ? 'what was missing came back, as far as any node had it' : `${count} changes are lost, no node has them (${lost.map(({ client, clock }) => `writer ${client} from ${clock}`).slice(0, 10).join(', ')})`
    this.#components.log('document %s is whole again: %s', document, outcome)
    this.#tell()
    this.#note(`document ${document} is whole again: ${outcome}`, new Map(), document)
  }

  /** Look whether something lies aside, also from an earlier run. */
  async look(): Promise<void> {
    const aside = await readdir(this.#dir).catch(() => [])
    if (aside.length === 0) return this.#components.alarms?.clear(CATALOG_SET_ASIDE)
    this.#components.alarms?.raise({
      key: CATALOG_SET_ASIDE, severity: 'warning',
      message: `Parts of this node's catalog were damaged on its disk; what was found and what became of it is in ${join(this.#dir, 'report.txt')}. Check the disk, then delete that folder.`
    })
  }

  /** What was to be written is. */
  settled(): Promise<void> {
    return this.#writing
  }

  #tell(): void {
    const { alarms } = this.#components
    if (this.#standing.size === 0) return alarms?.clear(CATALOG_DAMAGED)
    const named = [...this.#standing].slice(0, NAMED_DOCUMENTS).map(([document, reason]) => `${document}: ${reason}`).join('; ')
    const more = this.#standing.size > NAMED_DOCUMENTS ? `; and ${this.#standing.size - NAMED_DOCUMENTS} more` : ''
    alarms?.raise({ key: CATALOG_DAMAGED, severity: 'critical', message: `${this.#standing.size} documents of the catalog lack something on this node's disk. They come back from other nodes: start those that are off. ${named}${more}` })
  }

  #note(line: string, broken: ReadonlyMap<number, Uint8Array>, document: DocumentName): void {
    this.#writing = this.#writing.then(async () => {
      await mkdir(this.#dir, { recursive: true })
      for (const [sequence, bytes] of broken) await writeFile(join(this.#dir, `${document}-${sequence}.record`), bytes)
      await appendFile(join(this.#dir, 'report.txt'), `${new Date().toISOString()} ${line}\n`)
    }).catch((err) => this.#components.log.error('could not note in %s: %s - %s', this.#dir, line, err)).then(() => this.look())
  }
}
