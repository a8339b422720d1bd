import type { Partition, PeerId } from '#protocols/ids.ts'
import type { Ring } from '#ring'
import type { Inference } from '../inference/inference.ts'
import type { Models } from '../models/models.ts'

export interface ListenersComponents {
  readonly ring: Pick<Ring, 'self'> & {
    readonly placement: Pick<Ring['placement'], 'ranking'>
    readonly membership: Pick<Ring['membership'], 'isAlive' | 'members'>
  }
  readonly inference: Pick<Inference, 'model'>
  readonly models: Pick<Models, 'usedFor'>
}

/** Why nobody does, and what to do about it. */
export const whyNobodyListens = (inference: Pick<Inference, 'whyNot'>): string => inference.whyNot('transcribe') ?? inference.whyNot('find-speech') ?? 'no node of the ring that answers has a model for speech'

/** Who listens to what is in a partition: the first live node that has the models of speech, owners first; undefined: nobody has. */
export function createListeners({ ring: { self, placement, membership }, inference, models }: ListenersComponents): (partition: Partition) => PeerId | undefined {
  return (partition) => {
    const having = new Set(models.usedFor('transcribe')?.nodes ?? [])
    const names = new Map(membership.members().map(({ peerId, name }) => [peerId, name]))
    return placement.ranking(partition).find((peer) => peer === self ? inference.model('transcribe') !== undefined && inference.model('find-speech') !== undefined : membership.isAlive(peer) && (having.has(peer) || having.has(names.get(peer) ?? peer)))
  }
}
