import type { OpenFeed } from '../camera-feed.ts'
import type { AnswerViewer } from '../webrtc.ts'
import { WhepSession } from '../whep-session.ts'
import type { SenderEvents, ViewerRequest } from './packet-sender.ts'

export interface ViewerHostInit {
  readonly open: OpenFeed
  readonly answerViewer: AnswerViewer
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
  async addViewer({ id, camera, offer }: ViewerRequest): Promise<string> {
    const { open, answerViewer, events } = this.#init
    this.#opening++
    const feed = await open(camera).finally(() => { this.#opening-- })
    const session: WhepSession = new WhepSession({
      camera, open, feed,
      onNack: (packets) => events.onNack(packets),
      onSkipped: (packets) => events.onSkipped(packets),
      onClosed: (reason) => { if (this.#sessions.delete(id)) events.onClosed(id, reason) }
    })
    this.#sessions.set(id, session)
    try {
      return await session.answer(offer, answerViewer)
    } catch (err) {
      session.close('offer refused')
      throw err
    }
  }

  /** @throws InvalidInputError */
  async addCandidate(id: string, candidate: string, mid: string): Promise<void> {
    await this.#sessions.get(id)?.addCandidate(candidate, mid)
  }

  closeViewer(id: string, reason: string): void { this.#sessions.get(id)?.close(reason) }

  stop(): void { for (const session of this.#sessions.values()) session.close('node stopping') }
}
