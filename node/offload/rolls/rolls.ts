/** The rolls of the ring: offloads of this node's cards, and what all nodes know of them. */
import { randomBytes } from 'node:crypto'
import { lstat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, isAbsolute, resolve } from 'node:path'
import { InvalidInputError, NotFoundError, RefusedError } from '#protocols/errors.ts'
import type { CardView, InsertedCardView, JobView, OffloadRequest, RollView, SafeRule, SafeView } from '#protocols/http.ts'
import type { Ring } from '#ring'
import { ROLLS } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { Jobs, JobTask } from '../../jobs/jobs.ts'
import type { Importer } from '../../library/importer.ts'
import type { CardPlaces } from '../card/card-places.ts'
import { findCards } from '../card/cards.ts'
import { createDigester } from '../copy/digester.ts'
import { createInserted } from '../card/inserted.ts'
import { DEFAULT_HASHES, parseHashFormats } from '../mhl/hash-formats.ts'
import { type OffloadJobInit, runOffload, runReadBack } from '../offload-job.ts'
import { albumOf, DEFAULT_SAFE_RULE, fieldsOfRoll, type Roll, ROLL_SETTINGS, type RollFields, rollOf } from './roll-record.ts'
import { readRollList, type RollList } from './roll-list.ts'
import { isSameCard } from '../card/same-card.ts'
import { lookAtCard } from '../offload.ts'
import { createSafety } from '../safe/safety.ts'

export type RollsRing = Pick<Ring, 'self' | 'name' | 'blobs' | 'chunks' | 'verification' | 'holdersOf' | 'membership' | 'placement' | 'writing'> & { readonly catalog: Pick<Ring['catalog'], 'records' | 'editAsset' | 'asset'> }

export interface RollsComponents {
  readonly ring: RollsRing
  readonly places: CardPlaces
  readonly importer: Importer
  readonly jobs: Pick<Jobs, 'register' | 'submit' | 'list'>
  readonly version: string
  readonly log: Logger
  /** @default what is mounted or lies under CARD_PLACES */
  readonly cards?: () => Promise<CardView[]>
}

export interface Rolls extends Startable {
  /** Newest first. */
  list(): RollView[]
  /** By id, or by a name that only one has. @throws NotFoundError */
  find(idOrName: string): Roll
  view(roll: Roll): RollView
  files(roll: Roll): Promise<RollList>
  /** What is in this machine, and whether it may be formatted now. */
  cards(): Promise<InsertedCardView[]>
  /** Whether it may be formatted now. */
  safe(roll: Roll): Promise<SafeView>
  rule(): SafeRule
  setRule(rule: SafeRule): Promise<void>
  /** Begin to offload a card of this machine, or go on with it. @throws InvalidInputError, RefusedError */
  offload(request: OffloadRequest): Promise<JobView>
  /** Have all nodes read it back from their disks. */
  readBack(roll: Roll): JobView
  /** Forget it. @throws RefusedError while it is worked on */
  remove(roll: Roll): Promise<void>
}

/** What a job over a roll is made of, JSON. */
interface RollJob {
  readonly roll: string
  readonly title: string
  /** Without it the roll is only read back. */
  readonly offload?: Omit<OffloadJobInit, 'id'>
}

const beingWorkedOn = (job: string): RefusedError => new RefusedError(`this roll is being worked on already (job ${job}): wait for it, or cancel it`)

export function createRolls({ ring, places, importer, jobs, version, log, cards = findCards }: RollsComponents): Rolls {
  const { records } = ring.catalog
  const digester = createDigester()
  /** Job ids by roll. */
  const working = new Map<string, string>()
  const isWorking = (id: string): boolean => jobOf(id) !== ''
  const inserted = createInserted({ self: ring.self, places, rolls: () => all(), files, isWorking, put })
  const safety = createSafety({ ring, log, rolls: () => all(), rule, isWorking, put, inserted, cards })

  const all = (): Roll[] => records.list(ROLLS).map((record) => ended(rollOf(record))).sort((a, b) => b.startedMs - a.startedMs)

  /** An offload of this node that no job works on any more, because the node was stopped meanwhile. */
  const ended = (roll: Roll): Roll => roll.state === 'copying' && roll.peerId === ring.self && jobOf(roll.id) === '' ? { ...roll, state: 'incomplete' } : roll

  function rule(): SafeRule {
    const { nodes, zones } = (records.find(ROLL_SETTINGS, 'safe')?.fields ?? {}) as Partial<SafeRule>
    const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 10
    return { nodes: isCount(nodes) ? nodes : DEFAULT_SAFE_RULE.nodes, zones: isCount(zones) ? zones : DEFAULT_SAFE_RULE.zones }
  }

  async function put(id: string, fields: RollFields): Promise<void> {
    await records.put(ROLLS, id, fieldsOfRoll(fields))
  }

  function find(idOrName: string): Roll {
    const rolls = all()
    const named = rolls.filter(({ name }) => name === idOrName)
    const found = rolls.find(({ id }) => id === idOrName) ?? (named.length === 1 ? named[0] : undefined)
    if (found !== undefined) return found
    throw new NotFoundError(named.length > 1 ? `${named.length} rolls are called ${JSON.stringify(idOrName.slice(0, 60))}: name one by its id` : `there is no roll ${JSON.stringify(idOrName.slice(0, 60))}`)
  }

  /** The job that works on a roll now. */
  function jobOf(id: string): string {
    const job = jobs.list().find((each) => each.id === working.get(id))
    return job !== undefined && job.endedMs === null ? job.id : ''
  }

  /** The last roll of this very card, with its list; a new one when it is another card. */
  async function rollFor(card: string, name: string): Promise<{ id: string; list: RollList | undefined }> {
    const content = await lookAtCard(card)
    for (const roll of all().filter((each) => each.name === name && each.manifest !== undefined)) {
      const list = await files(roll).catch((err) => { log.error('the list of roll %s can not be read - %s', roll.id, err) })
      if (list !== undefined && isSameCard(list.files, content.files)) return { id: roll.id, list }
    }
    const begun = all().find((each) => each.manifest === undefined && each.peerId === ring.self && each.name === name && each.card === card && jobOf(each.id) === '')
    return { id: begun?.id ?? randomBytes(8).toString('hex'), list: undefined }
  }

  async function files(roll: Roll): Promise<RollList> {
    if (roll.manifest === undefined) return { files: new Map(), folders: new Set(), mhl: [] }
    return readRollList(ring.blobs, roll.manifest, { signal: AbortSignal.timeout(60_000) })
  }

  /** Every job over a roll is made so, also one that is made again after the node was started anew. */
  function taskOf(params: RollJob): JobTask {
    const { roll: id, title, offload } = params
    return {
      kind: 'offload', title, params: { ...params }, report: { roll: id },
      async run(job) {
        if (![job.id, ''].includes(jobOf(id))) throw beingWorkedOn(jobOf(id))
        working.set(id, job.id)
        const parts = { ring, safety, put, find: () => find(id), rule }
        if (offload === undefined) return runReadBack(parts, job)
        await places.check(offload.card) // a retry may come when it may be read no more
        await runOffload({ ...parts, importer, digester }, { id, ...offload }, job)
      }
    }
  }

  function submit(params: RollJob): JobView {
    if (jobOf(params.roll) !== '') throw beingWorkedOn(jobOf(params.roll))
    const job = jobs.submit(taskOf(params))
    working.set(params.roll, job.id)
    return job
  }

  async function offload(request: OffloadRequest): Promise<JobView> {
    const card = await checkedFolder(await places.check(request.card))
    const name = checkedName(request.name ?? basename(card))
    const to = await Promise.all((request.to ?? []).map(checkedFolder))
    const hashes = parseHashFormats(request.hashes ?? DEFAULT_HASHES)
    const { id, list } = await rollFor(card, name)
    const member = ring.membership.members().find(({ self }) => self)
    const about = { operator: request.operator ?? '', location: request.location ?? '', comment: request.comment ?? '' }
    if (jobOf(id) === '' && list === undefined) await put(id, { name, peerId: ring.self, node: ring.name, zone: member?.zone ?? '', card, state: 'copying', startedMs: Date.now(), endedMs: 0, files: 0, bytes: 0, clips: 0, failed: 0, failures: [], hashes, to, ...about })
    await ring.catalog.records.put('albums', albumOf(id), { name })
    const origin = { hostname: hostname(), tool: { name: 'ThatDAM', version }, ...(about.operator && { author: { name: about.operator } }), ...(about.location && { location: about.location }), ...(about.comment && { comment: about.comment }) }
    return submit({ roll: id, title: `${name} (${card})`, offload: { name, card, to, formats: hashes, readTwice: request.verify === 'source+copy', origin } })
  }

  async function verdictOn(card: CardView): Promise<InsertedCardView> {
    const known = await inserted.at(card.path)
    if (known === undefined) return { ...card, roll: null }
    const roll = find(known.rollId)
    const { safe, reasons } = await safety.of(roll)
    return { ...card, roll: { id: roll.id, name: roll.name, safe, reasons } }
  }

  jobs.register('offload', (params) => taskOf(params as unknown as RollJob))

  return {
    find, rule, offload, files,
    list: () => all().map((roll) => view(roll)),
    view,
    cards: async () => Promise.all((await cards()).map(verdictOn)),
    safe: (roll) => safety.of(roll),
    async setRule(rule) { await records.put(ROLL_SETTINGS, 'safe', { ...rule }) },
    readBack: (roll) => submit({ roll: roll.id, title: `${roll.name}: read back` }),
    async remove(roll) {
      if (jobOf(roll.id) !== '') throw new RefusedError('this roll is being worked on: cancel its job first')
      await records.remove(ROLLS, roll.id)
    },
    start() { safety.start() },
    async stop() {
      await safety.stop()
      await digester.stop()
    }
  }

  function view({ peerId: _peer, manifest: _manifest, receipt: _receipt, ...roll }: Roll): RollView {
    return { ...roll, jobId: jobOf(roll.id) }
  }
}

/** @throws InvalidInputError */
async function checkedFolder(path: string): Promise<string> {
  if (!isAbsolute(path) || path.includes('\0')) throw new InvalidInputError(`not an absolute path: ${JSON.stringify(path.slice(0, 200))}. Name the folder from / on`)
  const at = resolve(path)
  const info = await lstat(at).catch(() => undefined)
  if (info?.isDirectory() !== true) throw new InvalidInputError(`there is no folder ${at} on this node's machine`)
  return at
}

/** @throws InvalidInputError */
export function checkedName(name: string): string {
  const clean = name.normalize('NFC').trim()
  if (clean === '' || clean === '.' || clean === '..' || clean.startsWith('.') || /[/\\\p{Cc}\p{Cf}]/u.test(clean) || clean.length > 100) throw new InvalidInputError(`no name of a roll: ${JSON.stringify(name.slice(0, 100))}. Use 1 to 100 characters, no slashes, no dot in front`)
  return clean
}
