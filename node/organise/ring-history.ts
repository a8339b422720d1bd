import { InvalidInputError, NotFoundError } from '#protocols/errors.ts'
import { HISTORY_PROTOCOL, type HistoryRequest, type HistoryResponse, historyRequestCodec, historyResponseCodec } from '#protocols/history.ts'
import type { HistoryEntry, HistoryList, UndoResult } from '#protocols/http.ts'
import type { PeerId } from '#protocols/ids.ts'
import type { Member, Ring, RpcProtocol } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import { createTurns } from '#ring/base/turns.ts'
import { type History, MAX_ENTRIES, type Turn } from './history.ts'
import { nextStep, type StepView, type TurnedStep, type Way } from './history-entry.ts'
import { type Person, personKey } from './person.ts'

/** Another node has to have told of its steps by then, in ms. @default 3000 */
export const HISTORY_WAIT_MS = 3_000
/** Another node has to have taken a step back by then, in ms. @default 55000 */
export const TURN_WAIT_MS = 55_000
/** Longest title and name of a step that other nodes are told, in characters. @default 300 */
export const MAX_TITLE = 300

const historyProtocol: RpcProtocol<HistoryRequest, HistoryResponse> = { id: HISTORY_PROTOCOL, roles: ['node'], request: historyRequestCodec, response: historyResponseCodec, maxInFlight: 8 }

/** The albums somebody may see and edit; all when not said. */
export interface Limits { readonly albums?: readonly string[]; readonly editAlbums?: readonly string[] }
/** Whether somebody may still change this so. */
export type MayTurnOf = (who: Limits, turn: Turn) => boolean

/** What a person did by way of any node that answers, and the way back. */
export interface RingHistory extends Startable {
  list(who: Person & Limits): Promise<HistoryList>
  /** @throws NotFoundError when there is nothing to undo, RefusedError when it is undone already, MemberUnreachableError when the node that keeps it goes away */
  undo(who: Person & Limits, id?: string): Promise<UndoResult>
  /** @throws as `undo` */
  redo(who: Person & Limits, id?: string): Promise<UndoResult>
}

export interface RingHistoryComponents {
  readonly history: Pick<History, 'list' | Way>
  readonly ring: Pick<Ring, 'name' | 'self'> & { readonly network: Pick<Ring['network'], 'serve' | 'request'>; readonly membership: Pick<Ring['membership'], 'members'> }
  readonly mayTurn: MayTurnOf
  /** Unix ms. @default Date.now */
  readonly now?: () => number
}

type KeptStep = HistoryEntry & { readonly peer: PeerId }

export function createRingHistory({ history, ring, mayTurn, now = Date.now }: RingHistoryComponents): RingHistory {
  const turns = createTurns()
  const startedMs = now()
  const turnHere = (who: Person & Limits, way: Way, id?: string): Promise<TurnedStep> => history[way](who, id, (turn) => mayTurn(who, turn))
  const kept = ({ peerId: peer, name: node }: Pick<Member, 'peerId' | 'name'>, steps: readonly StepView[]): KeptStep[] => steps.map((step) => ({ ...step, node, peer }))

  async function answer({ way, step, ...asker }: HistoryRequest): Promise<HistoryResponse> {
    const who = personOf(asker)
    if (way === '') return { steps: history.list(who).map(wireStep), restored: 0, left: [], leftCount: 0 }
    if (way !== 'undo' && way !== 'redo') throw new InvalidInputError(`a step is not turned by ${JSON.stringify(way.slice(0, 40))}: undo, redo`)
    const { entry, ...turned } = await turnHere(who, way, step)
    return { ...turned, steps: [wireStep(entry)] }
  }

  async function ask(peer: PeerId, who: Person & Limits, way: Way | '', step: string, waitMs: number): Promise<TurnedStep[]> {
    const request = { way, kind: who.kind, id: who.id, step, limitedToAlbums: who.albums !== undefined, albums: [...who.albums ?? []], editAlbums: [...who.editAlbums ?? []] }
    const { steps, ...rest } = await ring.network.request(peer, historyProtocol, request, { signal: AbortSignal.timeout(waitMs) })
    return steps.map((one) => ({ ...rest, entry: viewOfWire(one) }))
  }

  /** Oldest first, of all nodes that answer. */
  async function gather(who: Person & Limits): Promise<{ steps: KeptStep[]; silent: Member[] }> {
    const silent: Member[] = []
    const others = isOfRing(who) ? ring.membership.members().filter(({ self }) => !self) : []
    const told = await Promise.all(others.map(async (member) => {
      const steps = member.alive ? await ask(member.peerId, who, '', '', HISTORY_WAIT_MS).catch(() => undefined) : undefined
      if (steps === undefined) silent.push(member)
      return kept(member, (steps ?? []).slice(0, MAX_ENTRIES).map(({ entry }) => entry))
    }))
    const own = kept({ peerId: ring.self, name: ring.name }, history.list(who))
    return { steps: [own, ...told].flatMap((steps) => steps.toReversed()).sort((a, b) => a.atMs - b.atMs), silent }
  }

  /** Of silent nodes those at which somebody may have done something since: whoever was last heard before that did it elsewhere. */
  const mayHaveMore = (silent: readonly Member[], sinceMs: number): string[] => namesOf(silent.filter(({ alive, lastHeardMs }) => alive || (lastHeardMs || startedMs) >= sinceMs))

  async function turnAny(who: Person & Limits, way: Way, id: string | undefined): Promise<UndoResult> {
    const { steps, silent } = await gather(who)
    const step = id === undefined ? nextStep(steps, way) : steps.find((one) => one.id === id)
    if (step === undefined) throw new NotFoundError(whyNone(way, id, namesOf(silent)))
    const turned = step.peer === ring.self ? await turnHere(who, way, step.id) : (await ask(step.peer, who, way, step.id, TURN_WAIT_MS))[0]
    const { entry = step, restored = 0, left = [], leftCount = 0 } = turned ?? {}
    const silentSince = id === undefined ? mayHaveMore(silent, way === 'undo' ? step.atMs : step.turnedMs) : []
    return { entry: { ...entry, node: step.node }, restored, left: [...left], leftCount, silent: silentSince }
  }

  /** One step of a person after the other, so that whoever asks twice at once takes two back; one that is kept here needs nobody else. */
  const turn = (who: Person & Limits, way: Way, id?: string): Promise<UndoResult> => turns(personKey(who), async () => {
    if (id === undefined || !history.list(who).some((one) => one.id === id)) return turnAny(who, way, id)
    const { entry, ...turned } = await turnHere(who, way, id)
    return { ...turned, entry: { ...entry, node: ring.name }, silent: [] }
  })

  return {
    start: () => ring.network.serve(historyProtocol, answer),
    stop() {},
    async list(who) {
      const { steps, silent } = await gather(who)
      return { entries: steps.reverse().map(({ peer: _peer, ...entry }) => entry), silent: namesOf(silent) }
    },
    undo: (who, id) => turn(who, 'undo', id),
    redo: (who, id) => turn(who, 'redo', id)
  }
}

const OF_RING = ['user', 'key']
/** The admin token, and whoever sits at a machine, are others on every node. */
const OF_NODE = 'admin-token'
const isOfRing = ({ kind, id }: Pick<Person, 'kind' | 'id'>): boolean => OF_RING.includes(kind) && id !== '' && id !== OF_NODE

const namesOf = (members: readonly Member[]): string[] => members.map(({ name }) => name).sort()

/** @throws InvalidInputError for whoever has no account in the ring */
function personOf({ kind, id, limitedToAlbums, albums, editAlbums }: Omit<HistoryRequest, 'way' | 'step'>): Person & Limits {
  if (!isOfRing({ kind, id })) throw new InvalidInputError('steps are told to accounts and keys of the ring')
  return { kind, id, name: '', ...limitedToAlbums && { albums, editAlbums } }
}

const wireStep = ({ state, title, who, ...step }: StepView) => ({ ...step, title: title.slice(0, MAX_TITLE), who: who.slice(0, MAX_TITLE), undone: state === 'undone' })
const viewOfWire = ({ undone, ...step }: HistoryResponse['steps'][number]): StepView => ({ ...step, state: undone ? 'undone' : 'done' })

function whyNone(way: Way, id: string | undefined, silent: readonly string[]): string {
  const away = silent.length === 0 ? '' : `; ${silent.join(' and ')} ${silent.length === 1 ? 'does' : 'do'} not answer, and what you did there is kept there`
  if (id !== undefined) return `there is no such edit of yours any more: each node keeps your newest ${MAX_ENTRIES}${away}`
  return `there is nothing of yours to ${way === 'undo' ? 'undo' : 'do again'}: each node keeps your newest ${MAX_ENTRIES} edits${away}`
}
