/** `/thatdam/search/1.0.0`: what other nodes, and programs that are members, ask this one, and what it asks them. */
import { InvalidMessageError, ModelMissingError } from '#protocols/errors.ts'
import type { Partition, PeerId } from '#protocols/ids.ts'
import { type MomentRequest, momentRequestCodec, type MomentResponse, momentResponseCodec, SEARCH_PROTOCOL } from '#protocols/moments.ts'
import type { Network, RpcProtocol } from '#ring'
import type { NodeIndex } from '../index/node-index.ts'
import type { SpaceId } from '../space.ts'
import type { Subject } from '../subject.ts'
import { camerasOf, type EligibleComponents, eligible } from './eligible.ts'
import type { MomentQuery, Moments } from './moments.ts'
import { asksNamesOnly, asksSense, type Near, type Question } from './question.ts'
import { nearOf, partitionsOf, questionMessage, questionOf, type Slice, sliceMessage, sliceOf, subjectMessage, subjectOf, vectorMessage, wholeMessage } from './wire.ts'

/** A node that answers later than this, in ms, does not answer. @default 10000 */
export const SLICE_TIMEOUT_MS = 10_000
/** A picture of a camera further from the moment that was meant, in ms, does not stand for it: another node may have a nearer one. @default 60000 */
export const LIKE_WITHIN_MS = 60_000

/** Nodes only. */
export const searchProtocol: RpcProtocol<MomentRequest, MomentResponse> = { id: SEARCH_PROTOCOL, roles: ['node'], request: momentRequestCodec, response: momentResponseCodec, maxInFlight: 32 }

export interface SearchDoorComponents extends EligibleComponents {
  readonly network: Pick<Network, 'self' | 'serve' | 'request'>
  readonly index: Pick<NodeIndex, 'find' | 'vectorAt'>
  /** Whether its index of a partition lacks nothing. */
  isFilled(partition: Partition): boolean
  /** The space that searches use now. */
  searched(): SpaceId | undefined
  /** The vector of a sentence, by a model of this node. @throws ModelMissingError */
  embedHere(what: Compared, text: string, signal?: AbortSignal): Promise<Near>
}

export type Asked = 'live' | { readonly partitions: readonly Partition[]; readonly filled: boolean }

/** What a sentence's vector is compared with. */
export type Compared = 'pictures' | 'texts'

/** The index of any node: this one's is asked without a network. */
export interface SearchDoor {
  /** `live`: of the cameras it looks at while they are live; `filled`: only of partitions of which its index lacks nothing. */
  slice(peer: PeerId, question: Question, asked: Asked, signal: AbortSignal): Promise<Slice>
  embed(peer: PeerId, what: Compared, text: string, signal: AbortSignal): Promise<Near>
  vectorAt(peer: PeerId, subject: Subject, atMs: number, signal: AbortSignal): Promise<Near | undefined>
  /** Take questions from others; those to the whole ring are answered by `moments`. */
  serve(moments: Moments): void
}

export function createSearchDoor(components: SearchDoorComponents): SearchDoor {
  const { network, index, embedHere, isFilled, searched } = components

  async function sliceHere(question: Question, asked: Asked, signal?: AbortSignal): Promise<Slice> {
    const declined = asked === 'live' || !asked.filled ? [] : asked.partitions.filter((partition) => !isFilled(partition))
    const partitions = asked === 'live' ? [] : asked.partitions.filter((partition) => !declined.includes(partition))
    if (asked !== 'live' && partitions.length === 0) return { ...NOTHING, notes: [], declined }
    const { assets, cameras, notes } = asked === 'live' ? { assets: undefined, cameras: camerasOf(question), notes: [] } : await eligible(components, question, partitions)
    const answer = asksNamesOnly(question) ? NOTHING : await index.find({
      partitions, ...(asked === 'live' && { live: true }), subjects: question.limit,
      ...(question.near && asksSense(question, 'picture') && { near: question.near }), ...(question.meaning && { meaning: question.meaning }), ...(question.text !== '' && { words: question.text }), ...(question.within && { within: question.within }),
      ...(question.levels && { levels: question.levels }), ...(question.senses && { senses: question.senses }),
      ...(assets && { assets }), ...(cameras && { cameras }), ...(question.fromMs !== undefined && { fromMs: question.fromMs }), ...(question.toMs !== undefined && { toMs: question.toMs })
    }, signal === undefined ? {} : { signal })
    return { ...answer, notes, declined }
  }

  async function vectorHere(subject: Subject, atMs: number): Promise<Near | undefined> {
    const space = searched()
    const known = (space && await index.vectorAt(subject, atMs, space)) ?? await index.vectorAt(subject, atMs) // of another one is better than nothing
    if (known === undefined || (subject.kind === 'camera' && Math.max(known.fromMs - atMs, atMs - known.toMs) > LIKE_WITHIN_MS)) return undefined
    return { space: known.space, vector: known.vector }
  }

  const ask = (peer: PeerId, request: MomentRequest, signal: AbortSignal): Promise<MomentResponse> => network.request(peer, searchProtocol, request, { signal: AbortSignal.any([signal, AbortSignal.timeout(SLICE_TIMEOUT_MS)]) })

  async function answer({ slice, whole, embed, meaning, picture }: MomentRequest, moments: Moments, signal: AbortSignal): Promise<MomentResponse> {
    if (slice != null) {
      return { slice: sliceMessage(await sliceHere(questionOf(slice.query), slice.live ? 'live' : { partitions: partitionsOf(slice.partitions), filled: slice.filled }, signal)) }
    }
    if (whole != null) {
      const { found, coverage } = await moments.search(queryOf(questionOf(whole.query)), { signal })
      return { whole: wholeMessage(found, coverage) }
    }
    if (embed != null) {
      const near = await embedHere('pictures', embed.text.slice(0, 500), signal)
      if (embed.space !== '' && embed.space !== near.space) throw new ModelMissingError(`this node's model makes vectors of ${near.space}`)
      return { vector: { vector: vectorMessage(near) } }
    }
    if (meaning != null) return { vector: { vector: vectorMessage(await embedHere('texts', meaning.text.slice(0, 500), signal)) } }
    if (picture == null) throw new InvalidMessageError(`${SEARCH_PROTOCOL}: a request asks for a slice, the whole, a sentence's vector or a picture's`)
    const near = await vectorHere(subjectOf(picture.subject), picture.atMs)
    return { vector: near === undefined ? {} : { vector: vectorMessage(near) } }
  }

  return {
    async slice(peer, question, asked, signal) {
      if (peer === network.self) return sliceHere(question, asked, signal)
      const slice = { query: questionMessage(question), ...(asked === 'live' ? { partitions: [], live: true, filled: false } : { partitions: [...asked.partitions], live: false, filled: asked.filled }) }
      return sliceOf((await ask(peer, { slice }, signal)).slice, asked === 'live' ? asked : asked.partitions)
    },
    async embed(peer, what, text, signal) {
      if (peer === network.self) return embedHere(what, text, signal)
      const vector = (await ask(peer, what === 'pictures' ? { embed: { text, space: '' } } : { meaning: { text } }, signal)).vector?.vector
      if (vector == null) throw new InvalidMessageError('a vector is missing')
      return nearOf(vector)
    },
    async vectorAt(peer, subject, atMs, signal) {
      if (peer === network.self) return vectorHere(subject, atMs)
      const vector = (await ask(peer, { picture: { subject: subjectMessage(subject), atMs } }, signal)).vector?.vector
      return vector == null ? undefined : nearOf(vector)
    },
    serve: (moments) => network.serve(searchProtocol, (request, _caller, { signal }) => answer(request, moments, signal))
  }
}

const NOTHING = { pictures: [], words: [], meanings: [], understoodMs: 0 }

const queryOf = ({ text, near, levels, senses, filter, albums, within, cameras, fromMs, toMs, limit }: Question): MomentQuery => ({
  limit, ...(text !== '' && { text }), ...(near && { like: near }), ...(levels && { levels }), ...(senses && { senses }), ...(filter !== undefined && { filter }), ...(albums && { albums }),
  ...(within && { within }), ...(cameras && { cameras }), ...(fromMs !== undefined && { fromMs }), ...(toMs !== undefined && { toMs })
})
