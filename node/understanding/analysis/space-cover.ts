import { type Ring, everyAssetInTurns } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { repeating } from '#ring/base/tasks.ts'
import type { Models } from '../models/models.ts'
import type { SpaceId } from '../space.ts'
import { taskOfReading } from './readings/reading-names.ts'
import { vectorsOf } from './analysis.ts'

/** While the ring goes from one space to another it is counted how far it is this often, in ms. @default 15000 */
export const COVER_EVERY_MS = 15_000

export interface SpaceCoverComponents {
  readonly ring: { readonly catalog: Pick<Ring['catalog'], 'index' | 'unindexed'> }
  readonly models: Pick<Models, 'changed' | 'spaces' | 'usedFor' | 'coverBy'>
  readonly log: Logger
}

/** Tells the models how many assets have vectors of a space, so that searches change to a new one when it covers more. */
export function createSpaceCover({ ring: { catalog }, models, log }: SpaceCoverComponents, { everyMs = COVER_EVERY_MS }: { everyMs?: number } = {}): Startable {
  let counted: { readonly model: string | undefined; readonly assets: ReadonlyMap<string, number> } | undefined
  let leave = (): void => {}
  const stopping = new AbortController()
  const modelNow = (): string | undefined => models.usedFor('embed-pictures')?.manifest.id
  const isCounted = (): boolean => counted !== undefined && counted.model === modelNow()

  async function count(): Promise<void> {
    if (catalog.unindexed() > 0 || (isCounted() && models.spaces().filling === undefined)) return
    const [model, assets] = [modelNow(), new Map<string, number>()]
    for await (const { made } of everyAssetInTurns(catalog.index)) {
      if (stopping.signal.aborted) return
      for (const name of Object.keys(made)) if (taskOfReading(name) === 'embed-pictures') assets.set(name, (assets.get(name) ?? 0) + 1)
    }
    counted = { model, assets }
  }

  /** Until it is counted for a new model no space covers more than another: the old one stays. */
  const coverOf = (space: SpaceId): number => counted === undefined || !isCounted() ? Number.NaN : counted.assets.get(vectorsOf(space)) ?? 0
  const counting = repeating(count, everyMs, log)

  return {
    start() {
      models.coverBy(coverOf)
      leave = models.changed.on(() => { if (!isCounted()) void counting.now() })
      counting.start()
      void counting.now()
    },
    async stop() {
      leave()
      stopping.abort()
      await counting.stop()
    }
  }
}
