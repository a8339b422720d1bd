import type { PeerId } from '#protocols/ids.ts'
import type { Inference } from '../inference/inference.ts'
import { kindOf, READ_FOR, type ReadSense } from '../sense.ts'
import type { MakersOfReadings } from './makers-of-readings.ts'

/** Why nothing is read for a sense by any node that answers, and what to do; undefined where one does. */
export type WhyOff = (sense: ReadSense) => string | undefined

export interface WhyOffComponents {
  readonly makers: Pick<MakersOfReadings, 'of'>
  readonly membership: { alive(): readonly PeerId[] }
  readonly inference: Pick<Inference, 'whyNot'>
  readonly self: PeerId
}

export function createWhyOff({ makers, membership, inference, self }: WhyOffComponents): WhyOff {
  return (sense) => {
    const { kind, task } = READ_FOR[sense]
    if ([self, ...membership.alive()].some((node) => makers.of(node).some((name) => kindOf(name) === kind))) return undefined
    return inference.whyNot(task) ?? (task === 'transcribe' ? inference.whyNot('find-speech') : undefined) ?? 'no node that answers has a model for it'
  }
}
