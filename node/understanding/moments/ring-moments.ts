import { InvalidInputError, ModelMissingError, NotFoundError } from '#protocols/errors.ts'
import { ALL_PARTITIONS, type AssetId, type Partition, partitionOfAsset, type PeerId } from '#protocols/ids.ts'
import type { Asset, Ring } from '#ring'
import { ANALYSIS, NOTHING_SAID } from '../analysis/analysis.ts'
import { TITLES } from '../analysis/coverage.ts'
import type { WhyOff } from '../analysis/why-off.ts'
import type { Hit } from '../index/ask.ts'
import type { NodeIndex } from '../index/node-index.ts'
import { partitionOfSubject } from '../index/store.ts'
import type { Inference } from '../inference/inference.ts'
import { isSilent } from '../transcripts/transcriptions.ts'
import { isReadFor, neededFor, READ_FOR } from '../sense.ts'
import { type SpaceId, vectorAt } from '../space.ts'
import type { Subject } from '../subject.ts'
import { camerasOf, isInTime } from './eligible.ts'
import { fuse, inOrder } from './fuse.ts'
import { createLibrarySize } from './library-size.ts'
import { createLiveAsking, type LiveAnswers } from './live.ts'
import type { Coverage, Found, MomentQuery, Moments } from './moments.ts'
import { named } from './names.ts'
import { asksLevel, asksNamesOnly, asksSense, checkNear, checkQuestion, DEFAULT_FOUND, type Near, type Question, SENSES } from './question.ts'
import { scatter } from './scatter.ts'
import { type Compared, createSearchDoor } from './search-door.ts'

/** Other nodes that are asked for the vector of a sentence when this one has no model. @default 3 */
export const EMBED_TRIES = 3
/** How much the newest answer counts in how long a node takes. @default 0.3 */
export const COST_WEIGHT = 0.3
/** How long a node is thought to take that was never asked, in ms. @default 20 */
export const UNKNOWN_COST_MS = 20

export interface MomentsComponents {
  readonly ring: Pick<Ring, 'self' | 'network' | 'membership' | 'placement'> & { readonly catalog: Pick<Ring['catalog'], 'cameras' | 'assetsChanged' | 'recordingsChanged' | 'search'> & { readonly index: Pick<Ring['catalog']['index'], 'assets' | 'asset' | 'hourSizes'> } }
  readonly index: Pick<NodeIndex, 'find' | 'vectorAt'>
  /** Whether its index of a partition lacks nothing. */
  readonly isFilled: (partition: Partition) => boolean
  /** The space that searches use now: a clip that was read by several models is compared in it. @default any */
  readonly searched?: () => SpaceId | undefined
  /** Undefined on a node that has none: then others are asked. */
  readonly inference: Pick<Inference, 'embedQueries' | 'embedSentences' | 'whyNot' | 'whyNoVectors'> | undefined
  /** Whether a node has the model of sentences that the ring uses. */
  readonly readsSentences: (node: PeerId) => boolean
  /** Why no node of the ring reads what a sense looks in. @default each has a model */
  readonly whyOff?: WhyOff
}

/** Asks one live owner of each partition, and everybody for what is live; makes one answer of theirs. */
export function createMoments({ ring, index, isFilled, inference, readsSentences, searched = () => undefined, whyOff = () => undefined }: MomentsComponents): Moments {
  const { catalog, membership, placement, network, self } = ring
  const costs = new Map<PeerId, number>()
  const size = createLibrarySize({ catalog })
  const askLive = createLiveAsking({ nodes })
  const door = createSearchDoor({ catalog, network, index, isFilled, searched, embedHere })
  const costOf = (peer: PeerId): number => peer === self ? 0 : costs.get(peer) ?? UNKNOWN_COST_MS

  const whyNot = (what: Compared): string | undefined => inference === undefined ? `no model for ${what} is on this node` : what === 'pictures' ? inference.whyNoVectors() : inference.whyNot('embed-sentences')

  async function embedHere(what: Compared, text: string, signal?: AbortSignal): Promise<Near> {
    const why = whyNot(what)
    if (inference === undefined || why !== undefined) throw new ModelMissingError(why ?? '')
    const vectors = await inference[what === 'pictures' ? 'embedQueries' : 'embedSentences']([text], { urgent: true, ...(signal && { signal }) })
    return { space: vectors.space, vector: vectorAt(vectors, 0).slice() }
  }

  /** By this node's model, or by that of another: one is enough for the ring. */
  async function embed(what: Compared, text: string, signal: AbortSignal): Promise<Near | string> {
    const others = membership.alive().filter((peer) => peer !== self && (what === 'pictures' || readsSentences(peer))).sort((one, other) => costOf(one) - costOf(other)).slice(0, EMBED_TRIES)
    let why = ''
    for (const peer of [self, ...others]) {
      try {
        return await door.embed(peer, what, text, signal)
      } catch (err) {
        signal.throwIfAborted()
        why ||= err instanceof Error ? err.message : String(err)
      }
    }
    return `${what === 'pictures' ? 'pictures' : 'names, notes and what is said'} are not compared with ${what === 'pictures' ? 'the words' : 'what the words mean'}: ${why}`
  }

  function holders(partition: Partition): PeerId[] {
    const owners = [...placement.owners(partition), ...placement.olderOwners(partition).flat()]
    return [...new Set(owners)].filter((peer) => membership.isAlive(peer))
  }

  function nodes(): PeerId[] {
    return [...new Set([self, ...membership.alive()])]
  }

  async function likeness(like: NonNullable<MomentQuery['like']>, signal: AbortSignal): Promise<Near> {
    if (!('subject' in like)) return checkNear(like)
    const owners = holders(partitionOfSubject(like.subject) as Partition).sort((one, other) => costOf(one) - costOf(other))
    for (const peer of like.subject.kind === 'camera' ? new Set([...owners, ...nodes()]) : owners) {
      const near = await door.vectorAt(peer, like.subject, like.atMs, signal).catch(() => undefined)
      signal.throwIfAborted()
      if (near !== undefined) return near
    }
    throw new NotFoundError('that picture is not understood yet, so nothing can be compared with it: the page of its clip says why')
  }

  async function timed<T>(peer: PeerId, work: Promise<T>): Promise<T> {
    const began = performance.now()
    const answer = await work
    costs.set(peer, costOf(peer) * (1 - COST_WEIGHT) + (performance.now() - began) * COST_WEIGHT)
    return answer
  }

  const partitionsOf = ({ within }: Question): readonly Partition[] => within === undefined ? ALL_PARTITIONS : [partitionOfSubject(within) as Partition]

  function silentOf(partitions: readonly Partition[], others: readonly PeerId[]): string[] {
    const names = new Map(membership.members().map(({ peerId, name }) => [peerId, name]))
    const owners = partitions.flatMap((partition) => [...placement.owners(partition)])
    return [...new Set([...owners, ...others])].map((peer) => names.get(peer) ?? peer).sort()
  }

  async function ask(question: Question, maySee: (asset: Asset) => boolean, signal: AbortSignal) {
    const done = new AbortController() // those that were raced need not go on
    try {
      const either = AbortSignal.any([signal, done.signal])
      const [gathered, live, names, totalMs] = await Promise.all([
        scatter(partitionsOf(question), { holders, cost: costOf, ask: (peer, partitions, filled) => timed(peer, door.slice(peer, question, { partitions, filled }, either)) }),
        liveOf(question, either), named({ catalog }, question, maySee), totalOf(question, maySee)
      ])
      signal.throwIfAborted()
      return { ...gathered, live, names, totalMs }
    } finally {
      done.abort(new Error('the answer is whole without it'))
    }
  }

  const liveOf = async (question: Question, signal: AbortSignal): Promise<LiveAnswers> => asksNamesOnly(question) || camerasOf(question)?.length === 0 ? { answers: [], silent: [] } : askLive((peer) => door.slice(peer, question, 'live', signal))

  async function search(query: MomentQuery, { signal = new AbortController().signal }: { signal?: AbortSignal } = {}): Promise<{ found: Found[]; coverage: Coverage }> {
    checkQuestion(query)
    const text = query.text?.trim() ?? ''
    if (text === '' && query.like === undefined && (query.filter ?? '').trim() === '') throw new InvalidInputError('say what to look for: a sentence, a picture or a filter')
    if (query.filter !== undefined) await catalog.search.page({ q: query.filter, limit: 1 }) // one that can not be read is refused, and is no node's silence
    const off: string[] = []
    const [near, meaning] = await Promise.all([nearOf(query, text, off, signal), meaningOf(query, text, off, signal)])
    const question: Question = { ...query, text, limit: query.limit ?? DEFAULT_FOUND, near, meaning }
    const maySee = (asset: Asset): boolean => (query.albums === undefined || asset.albums.some((album) => query.albums?.includes(album))) && (query.maySee?.(asset.facts.id) ?? true) && isInTime(question, asset)
    const { answers, unanswered, live, names, totalMs } = await ask(question, maySee, signal)
    const seen = (hits: readonly Hit[]): Hit[] => hits.filter(({ subject }) => isThere(subject, maySee))
    const pictures = inOrder(seen([...answers, ...live.answers].flatMap((answer) => answer.pictures)))
    const words = inOrder(seen([...answers, ...live.answers].flatMap((answer) => answer.words)))
    const meanings = inOrder(seen(answers.flatMap((answer) => answer.meanings)))
    const covered = query.albums === undefined || query.within !== undefined ? { totalMs, understoodMs: Math.min(totalMs, answers.reduce((sum, answer) => sum + answer.understoodMs, 0)) } : await coveredOf(query.albums, question, unanswered)
    if (text !== '') off.push(...whatIsOff(query))
    const notes = answers.flatMap((answer) => answer.notes)
    return { found: fuse([words, pictures, names, meanings], question.limit), coverage: { ...covered, silent: silentOf(unanswered, live.silent), off: [...new Set([...off, ...notes])] } }
  }

  /** Of one subject what may be seen of it. */
  function totalOf(question: Question, maySee: (asset: Asset) => boolean): Promise<number> | number {
    const { within, albums } = question
    if (within === undefined) return albums === undefined ? size.totalMs() : 0
    return (within.kind === 'asset' || camerasOf(question)?.length === 1) && isThere(within, maySee) ? size.lengthOf(within) : 0
  }

  /** Who sees some albums only is told of those: how much else there is would say something of it. */
  function coveredOf(albums: readonly string[], { senses, near }: Question, unanswered: readonly Partition[]): Promise<Pick<Coverage, 'totalMs' | 'understoodMs'>> {
    const silent = new Set(unanswered)
    const needed = neededFor(senses, near?.space)
    const isRead = (names: readonly string[]): boolean => needed.length > 0 ? isReadFor(names, needed) : names.some((name) => name === ANALYSIS || name.startsWith('transcript'))
    return size.inAlbums(albums, (asset) => !silent.has(partitionOfAsset(asset.facts.id)) && isRead([...Object.keys(asset.made), ...isSilent(asset) ? [NOTHING_SAID] : []]))
  }

  /** Of pictures `embed` has said it: without them nothing is told by the tags that they give, either. What nobody heard means nothing. */
  function whatIsOff(query: MomentQuery): string[] {
    return SENSES.filter((sense) => asksSense(query, sense)).flatMap((sense) => {
      const read = sense === 'meaning' ? 'speech' : sense
      if (read === 'name' || read === 'picture' || (read === 'tag' && asksSense(query, 'picture'))) return []
      const why = whyOff(read)
      return why === undefined ? [] : `${TITLES[READ_FOR[read].task]}: ${why}`
    })
  }

  async function nearOf(query: MomentQuery, text: string, off: string[], signal: AbortSignal): Promise<Near | undefined> {
    if (query.like !== undefined) return likeness(query.like, signal)
    if (text === '' || !asksSense(query, 'picture')) return undefined
    return vectorOf('pictures', text, off, signal)
  }

  async function meaningOf(query: MomentQuery, text: string, off: string[], signal: AbortSignal): Promise<Near | undefined> {
    return text === '' || !asksSense(query, 'meaning') || !(asksLevel(query, 0) || asksLevel(query, 2)) ? undefined : vectorOf('texts', text, off, signal)
  }

  async function vectorOf(what: Compared, text: string, off: string[], signal: AbortSignal): Promise<Near | undefined> {
    const near = await embed(what, text, signal)
    if (typeof near !== 'string') return near
    off.push(near)
    return undefined
  }

  /** Cameras, and assets that are in the library and may be seen. */
  function isThere(subject: Subject, maySee: (asset: Asset) => boolean): boolean {
    if (subject.kind === 'camera') return true
    const asset = catalog.index.asset(subject.id as AssetId)
    return asset !== undefined && maySee(asset)
  }

  const moments: Moments = { search }
  door.serve(moments)
  return moments
}
