/** What an asset should have, and which node's turn each is. Desired state: whatever is missing is made, and nobody keeps a list. */
import { partitionOfAsset, type PeerId } from '#protocols/ids.ts'
import type { Asset, Ring } from '#ring'
import type { Models } from '../models/models.ts'
import { hasTranscript } from '../transcripts/transcript.ts'
import { ANALYSIS, isOfTexts, isSaid, vectorsOf } from './analysis.ts'
import { isSeen } from './look.ts'
import type { MakersOfReadings } from './makers-of-readings.ts'
import { type PictureTask, taskOfReading } from './readings/reading-names.ts'
import type { UnderstandingSettings } from './settings.ts'
import { writtenOf } from './sentences/written.ts'

/** Whether it is made of the pictures that were chosen. */
export const isOfPictures = ({ task }: Pick<WantedReading, 'task'>): boolean => task !== undefined && task !== 'embed-sentences'

export interface WantedReading {
  /** In `made`. */
  readonly name: string
  /** undefined: the analysis itself. */
  readonly task: PictureTask | 'embed-sentences' | undefined
  readonly isThere: boolean
  /** Whose turn it is; undefined when no node that answers can make it. */
  readonly node: PeerId | undefined
}

export interface WantedComponents {
  readonly ring: {
    readonly placement: Pick<Ring['placement'], 'targets' | 'ranking'>
    readonly membership: Pick<Ring['membership'], 'isAlive'>
  }
  readonly makers: Pick<MakersOfReadings, 'of' | 'all'>
  readonly models: Pick<Models, 'spaces'>
  readonly settings: Pick<UnderstandingSettings, 'faces'>
}

export interface WantedReadings {
  of(asset: Asset): readonly WantedReading[]
  /** Readings that must not be: faces, when people said no. */
  excess(asset: Asset): readonly string[]
}

export function createWantedReadings({ ring: { placement, membership }, makers, models, settings }: WantedComponents): WantedReadings {
  /** Owners first, then whoever else is there. */
  function turns(asset: Asset): readonly PeerId[] {
    const partition = partitionOfAsset(asset.facts.id)
    return [...new Set([...placement.targets(partition), ...placement.ranking(partition).filter((node) => membership.isAlive(node))])]
  }

  function isWanted(name: string): boolean {
    const task = taskOfReading(name)
    if (task === 'find-faces') return settings.faces() === true
    if (task !== 'embed-pictures') return task !== undefined
    const { searched, filling } = models.spaces()
    const spaces = [searched, filling].filter((space) => space !== undefined)
    return spaces.length === 0 || spaces.some((space) => vectorsOf(space) === name)
  }

  return {
    of(asset) {
      if (asset.deletedAtMs !== undefined) return []
      const nodes = turns(asset)
      const want = (name: string, task: WantedReading['task']): WantedReading => ({ name, task, isThere: asset.made[name] !== undefined, node: nodes.find((node) => makers.of(node).includes(name)) })
      const hasText = (name: string): boolean => isSaid(name) ? hasTranscript(asset) : writtenOf(asset).length > 0
      const sentences = makers.all().filter((name) => isOfTexts(name) && hasText(name)).sort().map((name) => want(name, 'embed-sentences'))
      if (!isSeen(asset)) return sentences
      const first = { name: ANALYSIS, task: undefined, isThere: asset.made[ANALYSIS] !== undefined, node: nodes[0] }
      const readings = makers.all().filter(isWanted).sort().map((name) => want(name, taskOfReading(name)))
      return [first, ...readings, ...sentences]
    },
    excess: (asset) => settings.faces() === false ? Object.keys(asset.made).filter((name) => taskOfReading(name) === 'find-faces') : []
  }
}
