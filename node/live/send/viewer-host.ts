import { NotFoundError } from '#protocols/errors.ts'
import type { OpenFeed } from '../camera-feed.ts'
import type { PatchOutcome } from '../webrtc/ice-patches.ts'
import type { AnswerViewer, OfferToViewer } from '../webrtc/webrtc.ts'
import { WhepSession } from '../whep/whep-session.ts'
import type { OfferedPlace, SenderEvents, ViewerAnswer, ViewerPlace, ViewerRequest } from './packet-sender.ts'

export interface ViewerHostInit {
  readonly open: OpenFeed
  readonly answerViewer: AnswerViewer
  readonly offerToViewer: OfferToViewer
  readonly events: SenderEvents
}

/** The viewers of one thread, each a session that takes its packets from the cameras of this thread. */
export class ViewerHost {
  readonly #init: ViewerHostInit
  readonly #sessions = new Map<string, WhepSession>()
  #opening = 0

  constructor(init: ViewerHostInit) { this.#init = init }

  get viewers(): number { return this.#sessions.size + this.#opening }

  /** @throws InvalidInputError, TrackUnavailableError */
  addViewer({ offer, ...place }: ViewerRequest): Promise<ViewerAnswer> {
    return this.#begin(place, async (session) => ({ sdp: await session.answer(offer, this.#init.answerViewer), tag: session.ice.tag() }))
  }

  /** @throws TrackUnavailableError */
  offerViewer({ lowDelay, ...place }: OfferedPlace): Promise<string> {
    return this.#begin(place, (session) => session.offer(lowDelay, this.#init.offerToViewer))
  }

  /** @throws NotFoundError, UnprocessableError, InvalidInputError, NotAcceptableOfferError */
  async acceptAnswer(id: string, answer: string): Promise<void> { await this.#find(id).accept(answer) }

  /** @throws NotFoundError, InvalidInputError, PreconditionRequiredError, PreconditionFailedError, UnprocessableError */
  async patchIce(id: string, fragment: string, ifMatch: string | undefined): Promise<PatchOutcome> { return this.#find(id).ice.patch(fragment, ifMatch) }

  closeViewer(id: string, reason: string): void { this.#sessions.get(id)?.close(reason) }

  stop(): void { for (const session of this.#sessions.values()) session.close('node stopping') }

  async #begin<T>({ id, camera }: ViewerPlace, agree: (session: WhepSession) => Promise<T>): Promise<T> {
    const { open, events } = this.#init
    this.#opening++
    const feed = await open(camera).finally(() => { this.#opening-- })
    const session: WhepSession = new WhepSession({
      camera, open, feed,
      onNack: (asked, sent) => events.onNack(asked, sent),
      onSkipped: (packets) => events.onSkipped(packets),
      onClosed: (reason) => { if (this.#sessions.delete(id)) events.onClosed(id, reason) }
    })
    this.#sessions.set(id, session)
    try {
      return await agree(session)
    } catch (err) {
      session.close('offer refused')
      throw err
    }
  }

  #find(id: string): WhepSession {
    const session = this.#sessions.get(id)
    if (session === undefined) throw new NotFoundError('there is no such viewer session; it may have ended')
    return session
  }
}
