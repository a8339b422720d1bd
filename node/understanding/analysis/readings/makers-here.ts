import type { Inference, ModelAtWork } from '../../inference/inference.ts'
import type { Models } from '../../models/models.ts'
import { PICTURE_TASKS, type PictureTask, readingName } from './reading-names.ts'

/** What makes a reading on this node. */
export interface ReadingMaker {
  /** In `made`. */
  readonly name: string
  readonly task: PictureTask
  readonly model: ModelAtWork
}

/** What this node can read of pictures now. */
export type MakersHere = () => readonly ReadingMaker[]

export interface MakersHereComponents {
  readonly inference: Pick<Inference, 'model' | 'modelIn'>
  readonly models: Pick<Models, 'spaces' | 'usedFor'>
}

/** One reading for each task of which this node has the model; of vectors one for each space, while the ring goes from one model to another. */
export function createMakersHere({ inference, models }: MakersHereComponents): MakersHere {
  function embedding(): ModelAtWork[] {
    if (models.usedFor('embed-pictures') === undefined) return []
    const { searched, filling } = models.spaces()
    return [searched, filling].flatMap((space) => (space === undefined ? [] : inference.modelIn(space) ?? []))
  }

  const modelsOf = (task: PictureTask): ModelAtWork[] => task === 'embed-pictures' ? embedding() : [inference.model(task)].filter((model) => model !== undefined)

  return () => PICTURE_TASKS.flatMap((task) => modelsOf(task).flatMap((model) => {
    const name = readingName(task, model)
    return name === undefined ? [] : [{ name, task, model }]
  }))
}
