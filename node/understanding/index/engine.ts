/** What the thread of the index does: reads the file once, answers from memory, writes with the turns of others in between. */
import { join } from 'node:path'
import { ALL_PARTITIONS, type CameraId, PARTITIONS } from '#protocols/ids.ts'
import { isReadFor, neededFor } from '../sense.ts'
import { isOfTexts, saidOf, sentencesOf } from '../analysis/analysis.ts'
import { type SpaceId } from '../space.ts'
import { type Subject, subjectKey } from '../subject.ts'
import type { Hit, IndexSize, KnownVector, SliceAnswer, SliceQuery } from './ask.ts'
import { isOfSound, Understood } from './coverage.ts'
import { LIVE, type SubjectEntries } from './entries.ts'
import { LEVELS } from './rows.ts'
import type { RowFilter } from './scan.ts'
import { type NearRow, SpaceRows } from './space-rows.ts'
import { type Change, MomentStore, type StoredSubject } from './store.ts'
import { WordsSearch } from './words-search.ts'

/** Hits looked for at first, for each subject that is wanted: one film may have many alike. @default 6 */
export const HITS_A_SUBJECT = 6
/** Most hits of a kind that one question is answered with. @default 1500 */
export const MAX_HITS = 1_500
/** Searches again without those subjects that had all hits, at most. @default 4 */
export const MAX_SEARCHES_WITHOUT = 4
/** Hits of one subject that are answered. @default 8 */
export const MAX_HITS_OF_SUBJECT = 8
/** Rows read between two turns of others. @default 512 */
export const ROWS_READ_A_TURN = 512

/** Texts that are less alike than this mean something else. @default 0.4 */
export const LEAST_MEANING = 0.4

export type Write = { readonly put: SubjectEntries } | { readonly remove: Subject }
/** A subject and the readings that are in the index now. */
export type Known = readonly [key: string, readings: readonly string[]]

export class IndexEngine {
  readonly #folder: string
  readonly #store: MomentStore
  readonly #words: WordsSearch
  readonly #subjects = new Map<number, StoredSubject>()
  readonly #numbers = new Map<string, number>()
  /** Of each subject those of all its stretches: a name as often as stretches have it. */
  readonly #readings = new Map<number, readonly string[]>()
  readonly #understood = new Understood()
  /** Of which stretches are answered for as live. */
  readonly #live = new Set<number>()
  readonly #spaces = new Map<SpaceId, SpaceRows>()
  /** Readings of texts there were: their spaces are not of pictures. */
  readonly #sentences = new Set<string>()
  #wordRows: number

  /** @throws what SQLite says of a damaged file */
  constructor(folder: string) {
    this.#folder = folder
    this.#store = new MomentStore(join(folder, 'moments.sqlite'))
    this.#words = new WordsSearch(this.#store.reader)
    for (const subject of this.#store.subjects()) this.#know(subject)
    for (const stretch of this.#store.stretches()) {
      const subject = this.#subjects.get(stretch.subject)
      if (subject !== undefined) this.#understand(subject, [stretch])
    }
    this.#wordRows = this.#store.words()
  }

  known(): Known[] {
    return [...this.#subjects.values()].map((subject) => this.#knownOf(subject))
  }

  /** Vectors into memory, with the turns of others in between; then what graphs were saved. */
  async load(turn: () => Promise<void>): Promise<void> {
    const spaces = new Map(this.#store.spaces.map(({ number, id, dimensions }) => [number, this.#space(id, dimensions)]))
    let count = 0
    for (const row of this.#store.vectors((subject) => this.#subjects.get(subject)?.partition)) {
      spaces.get(row.space)?.add(row)
      if (++count % ROWS_READ_A_TURN === 0) await turn()
    }
    for (const [space, rows] of this.#spaces) await rows.load(this.#folder, { store: this.#store.id, space })
  }

  /** All of them or, when it throws, none. */
  async write(writes: readonly Write[], turn: () => Promise<void>): Promise<Known[]> {
    const changes: Change[] = []
    this.#store.begin()
    try {
      for (const write of writes) {
        const steps = 'put' in write ? this.#store.put(write.put) : this.#store.remove(write.remove)
        let step = steps.next()
        for (; step.done !== true; step = steps.next()) await turn()
        if (step.value !== undefined) changes.push(step.value)
      }
      this.#store.commit()
    } catch (err) {
      this.#store.rollback()
      throw err
    }
    this.#wordRows = this.#store.words()
    const known: Known[] = []
    for (const change of changes) known.push(await this.#apply(change, turn))
    return known
  }

  find(query: SliceQuery): SliceAnswer {
    const { near, meaning, words, partitions, within, senses, live = false } = query
    const needed = neededFor(senses, near?.space)
    const asks = (sense: Hit['sense']): boolean => query.senses?.includes(sense) ?? true
    return {
      pictures: near === undefined || !asks('picture') || this.#isOfTexts(near.space) ? [] : this.#near(query, near, 'picture'),
      words: words === undefined ? [] : this.#texts(query, words),
      meanings: meaning === undefined || !asks('meaning') || !this.#isOfTexts(meaning.space) ? [] : this.#near(query, meaning, 'meaning').filter(({ score }) => score >= LEAST_MEANING).map((hit) => this.#withWords(hit)),
      understoodMs: live ? this.#understood.ms(ALL_PARTITIONS, [LIVE]) : within === undefined ? this.#understood.ms(partitions, needed) : this.#understoodOf(within, needed)
    }
  }

  #understoodOf(subject: Subject, needed: readonly string[]): number {
    const number = this.#numbers.get(subjectKey(subject))
    return number === undefined ? 0 : this.#store.stretchesOf(number).reduce((sum, { ms, readings }) => sum + (isReadFor(readings, needed) && (needed.length > 0 || !isOfSound(readings)) ? ms : 0), 0)
  }

  /** The vector of a subject that stands for a moment: a picture's where there is one, else a scene's or the whole's. */
  vectorAt(subject: Subject, atMs: number, space: SpaceId | undefined): KnownVector | undefined {
    const number = this.#numbers.get(subjectKey(subject))
    const stored = number === undefined ? undefined : this.#subjects.get(number)
    if (stored === undefined) return undefined
    const all = [...this.#spaces].filter(([id]) => (space === undefined || id === space) && !this.#isOfTexts(id)).flatMap(([id, rows]) => [...rows.rowsOf(stored.partition, stored.number)].map((row) => ({ id, row })))
    const [best] = all.sort((one, other) => order(one.row.level) - order(other.row.level) || Math.abs(one.row.pictureMs - atMs) - Math.abs(other.row.pictureMs - atMs))
    return best === undefined ? undefined : { subject, space: best.id, level: best.row.level as Hit['level'], fromMs: best.row.fromMs, toMs: best.row.toMs, vector: best.row.vector }
  }

  /** One step of what is done when nothing else is; false when all is done. */
  improve(): boolean {
    return [...this.#spaces.values()].some((rows) => rows.growGraph())
  }

  async save(): Promise<void> {
    for (const [space, rows] of this.#spaces) await rows.save(this.#folder, { store: this.#store.id, space })
  }

  size(): IndexSize {
    const spaces = [...this.#spaces.values()]
    return { vectors: spaces.reduce((sum, { vectors }) => sum + vectors, 0), inGraphs: spaces.reduce((sum, { inGraphs }) => sum + inGraphs, 0), words: this.#wordRows, subjects: this.#subjects.size }
  }

  close(): void {
    for (const rows of this.#spaces.values()) rows.close()
    this.#store.close()
  }

  #know(subject: StoredSubject): void {
    this.#subjects.set(subject.number, subject)
    this.#numbers.set(subject.key, subject.number)
  }

  #understand({ number, partition }: StoredSubject, stretches: Change['stretches'], gone: Change['stretches'] = []): void {
    this.#understood.add(partition, stretches)
    const left = [...this.#readings.get(number) ?? []]
    for (const reading of gone.flatMap(({ readings }) => readings)) left.splice(left.indexOf(reading), 1)
    const readings = [...left, ...stretches.flatMap((stretch) => stretch.readings)]
    this.#readings.set(number, readings)
    for (const reading of readings) if (isOfTexts(reading)) this.#sentences.add(reading)
    this.#live[readings.includes(LIVE) ? 'add' : 'delete'](number)
  }

  async #apply({ subject, goneLabels, goneStretches, stretches, rows }: Change, turn: () => Promise<void>): Promise<Known> {
    for (const space of this.#spaces.values()) space.kill(subject.partition, goneLabels)
    this.#understood.add(subject.partition, goneStretches, -1)
    if (stretches.length === 0) return this.#forget(subject)
    this.#know(subject)
    const spaces = new Map(this.#store.spaces.map(({ number, id, dimensions }) => [number, this.#space(id, dimensions)]))
    for (const [at, row] of rows.entries()) {
      spaces.get(row.space)?.add(row)
      if (at % ROWS_READ_A_TURN === ROWS_READ_A_TURN - 1) await turn()
    }
    this.#understand(subject, stretches, goneStretches)
    return this.#knownOf(subject)
  }

  #knownOf({ number, key }: StoredSubject): Known {
    return [key, [...new Set(this.#readings.get(number))]]
  }

  #forget({ number, key }: StoredSubject): Known {
    this.#subjects.delete(number)
    this.#numbers.delete(key)
    this.#readings.delete(number)
    this.#live.delete(number)
    return [key, []]
  }

  #isOfTexts(space: SpaceId): boolean {
    return this.#sentences.has(sentencesOf(space)) || this.#sentences.has(saidOf(space))
  }

  #space(id: SpaceId, dimensions: number): SpaceRows {
    const space = this.#spaces.get(id) ?? new SpaceRows(dimensions, { path: join(this.#folder, id) })
    this.#spaces.set(id, space)
    return space
  }

  /** What is said where it means something like it; what is written of the whole is the catalog's. */
  #withWords(hit: Hit): Hit {
    const text = hit.level === 0 ? undefined : this.#words.said(this.#numbers.get(subjectKey(hit.subject))!, hit)
    return text === undefined ? hit : { ...hit, text }
  }

  /** More hits are looked for until there are enough subjects among them; where few subjects have all of them, also those of the others. */
  #near(query: SliceQuery, { space, vector }: NonNullable<SliceQuery['near']>, sense: Hit['sense']): Hit[] {
    const rows = this.#spaces.get(space)
    if (rows === undefined || rows.dimensions !== vector.length) return []
    const filter = this.#filter(query)
    const subjects = this.#wanted(query, filter)
    const except = new Set<number>()
    let kept: NearRow[] = []
    for (let searches = 0; ; searches++) {
      const found = this.#nearest(rows, vector, subjects - except.size, except.size === 0 ? filter : { ...filter, except })
      const all = [...kept, ...found].sort((one, other) => other.score - one.score)
      const counts = Map.groupBy(all, ({ row }) => row.subject)
      if (found.length < MAX_HITS || counts.size >= subjects || searches === MAX_SEARCHES_WITHOUT) return this.#hits(all.map((near) => hitOf(near, sense)), query.subjects)
      for (const [subject, hits] of counts) if (hits.length >= MAX_HITS_OF_SUBJECT) except.add(subject)
      kept = all.filter(({ row }) => except.has(row.subject))
    }
  }

  /** No more subjects than may be found at all. */
  #wanted({ subjects }: SliceQuery, filter: RowFilter): number {
    return Math.min(subjects, filter.subjects?.size ?? this.#subjects.size)
  }

  #nearest(rows: SpaceRows, vector: Float32Array, subjects: number, filter: RowFilter): NearRow[] {
    for (let wanted = Math.min(MAX_HITS, subjects * HITS_A_SUBJECT); ; wanted = Math.min(MAX_HITS, wanted * 4)) {
      const found = rows.search(vector, wanted, filter)
      if (found.length < wanted || wanted === MAX_HITS || new Set(found.map(({ row }) => row.subject)).size >= subjects) return found
    }
  }

  #texts(query: SliceQuery, words: string): Hit[] {
    const filter = this.#filter(query)
    const { partitions, levels, subjects, inTime } = filter
    const isMeant = (sense: Hit['sense']): boolean => query.senses?.includes(sense) ?? true
    const matches = this.#words.matches(words, ({ subject, level, sense, fromMs, toMs }) => {
      const stored = this.#subjects.get(subject)
      return stored !== undefined && partitions[stored.partition] === 1 && levels[level] === 1 && isMeant(sense) && (subjects?.has(subject) ?? true) && (inTime?.(subject, fromMs, toMs) ?? true)
    }, { wanted: this.#wanted(query, filter), subjects })
    return this.#hits([...matches].map(({ share, ...row }) => ({ ...row, score: share })), query.subjects)
  }

  /** Of each subject the best few. */
  #hits(found: ReadonlyArray<Omit<Hit, 'subject'> & { readonly subject: number }>, subjects: number): Hit[] {
    const told = new Map<number, { readonly subject: Subject; count: number }>()
    return found.flatMap(({ subject: number, ...hit }) => {
      const stored = this.#subjects.get(number)
      const of = told.get(number) ?? { subject: subjectOf(stored?.key ?? ''), count: 0 } // one for all its hits: they cross threads
      if (stored === undefined || of.count >= MAX_HITS_OF_SUBJECT || (of.count === 0 && told.size >= subjects)) return []
      of.count++
      told.set(number, of)
      return [{ ...hit, subject: of.subject }]
    })
  }

  #filter({ partitions, live = false, levels, assets, cameras, fromMs = -Infinity, toMs = Infinity }: SliceQuery): RowFilter {
    const named = live ? this.#liveOnes(cameras) : this.#named(assets, cameras)
    const isTimed = fromMs !== -Infinity || toMs !== Infinity
    return {
      partitions: marks(PARTITIONS, live ? ALL_PARTITIONS : partitions), levels: marks(LEVELS, levels ?? [0, 1, 2]),
      ...(named === undefined ? {} : { subjects: named }),
      ...(isTimed ? { inTime: (subject: number, from: number, to: number) => !isCamera(this.#subjects.get(subject)) || (from <= toMs && to >= fromMs) } : {})
    }
  }

  #liveOnes(cameras: readonly CameraId[] | undefined): Set<number> {
    return new Set([...this.#live].filter((number) => cameras?.some((id) => this.#subjects.get(number)?.key === `camera:${id}`) ?? true))
  }

  /** Where only one kind is narrowed, all of the other kind are named. */
  #named(assets: SliceQuery['assets'], cameras: readonly CameraId[] | undefined): Set<number> | undefined {
    if (assets === undefined && cameras === undefined) return undefined
    const keys = (ids: readonly string[] | undefined, kind: Subject['kind']): Iterable<string> => ids?.map((id) => `${kind}:${id}`) ?? [...this.#numbers.keys()].filter((key) => key.startsWith(`${kind}:`))
    const numbers = [...keys(assets, 'asset'), ...keys(cameras, 'camera')].map((key) => this.#numbers.get(key))
    return new Set(numbers.filter((number) => number !== undefined))
  }
}

/** Pictures before scenes before the whole. */
const order = (level: number): number => level === 1 ? 0 : level === 2 ? 1 : 2
const isCamera = (subject: Pick<StoredSubject, 'key'> | undefined): boolean => subject?.key.startsWith('camera:') === true
const hitOf = ({ row, score }: NearRow, sense: Hit['sense']) => ({ subject: row.subject, level: row.level as Hit['level'], sense, fromMs: row.fromMs, toMs: row.toMs, pictureMs: row.pictureMs, score })

function marks(length: number, places: readonly number[]): Uint8Array {
  const marked = new Uint8Array(length)
  for (const place of places) marked[place] = 1
  return marked
}

function subjectOf(key: string): Subject {
  const [kind, id] = [key.slice(0, key.indexOf(':')), key.slice(key.indexOf(':') + 1)]
  return { kind, id } as Subject
}
