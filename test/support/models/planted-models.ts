/** Planted models that are ready, one for each of their tasks, without a store: for tests of what asks models. */
import { join } from 'node:path'
import { emitter } from '#ring/base/emitter.ts'
import type { Task } from '../../../node/understanding/inference/inference.ts'
import type { KnownModel, Models } from '../../../node/understanding/models/models.ts'
import type { SpaceId } from '../../../node/understanding/space.ts'
import { plant, type PlantedId } from './planted.ts'

export type ReadyModels = Pick<Models, 'usedFor' | 'spaces' | 'spaceOf' | 'inSpace' | 'whyNot' | 'whyNoVectors' | 'changed' | 'all'>

/** Written below `folder`. Of several for one task the first is used. */
export async function plantedModels(folder: string, ids: readonly PlantedId[]): Promise<ReadyModels> {
  return readyModels(await Promise.all(ids.map(async (id): Promise<KnownModel> => {
    const manifest = await plant(id, join(folder, id))
    return { manifest, here: { state: 'ready', folder: join(folder, id), bytes: 0, revision: manifest.revision }, usedFor: manifest.tasks, nodes: [] }
  })))
}

/** Spaces are named by the model and its dtype. */
export function readyModels(models: readonly KnownModel[]): ReadyModels {
  const usedFor = (task: Task): KnownModel | undefined => models.find(({ manifest }) => manifest.tasks.includes(task))
  const spaceOf = (id: string): SpaceId | undefined => models.filter(({ manifest }) => manifest.id === id && manifest.dimensions !== undefined).map(({ manifest }) => `${manifest.id}-${manifest.dtype}` as SpaceId)[0]
  return {
    changed: emitter<void>(), all: () => [...models], usedFor, spaceOf,
    spaces: () => ({ searched: spaceOf(usedFor('embed-pictures')?.manifest.id ?? ''), filling: undefined }),
    inSpace: (space) => models.find(({ manifest: { id } }) => spaceOf(id) === space),
    whyNot: (task) => (usedFor(task) === undefined ? `no model is chosen for ${task}` : undefined),
    whyNoVectors: () => (usedFor('embed-pictures') === undefined ? 'no model is chosen for embed-pictures' : undefined)
  }
}
