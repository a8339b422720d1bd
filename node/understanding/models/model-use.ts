/** Which model the ring uses for what: records of kind `model-use`, one per task. */
import type { Records } from '#ring'
import type { Task } from '../inference/inference.ts'
import { isSpaceId, type SpaceId } from '../space.ts'

/** Kind of the records. */
export const MODEL_USES = 'model-use'

export interface ModelUse {
  /** Undefined: the task is turned off. */
  readonly model: string | undefined
  /** Of pictures: the space that was searched when it was chosen. */
  readonly before: SpaceId | undefined
}

/** Undefined: nobody has chosen yet. */
export function readUse(records: Pick<Records, 'find'>, task: Task): ModelUse | undefined {
  const fields = records.find(MODEL_USES, task)?.fields
  if (fields === undefined) return undefined
  const { model, before } = fields
  return { model: typeof model === 'string' && model !== '' ? model : undefined, before: typeof before === 'string' && isSpaceId(before) ? before : undefined }
}

export async function writeUse(records: Pick<Records, 'put'>, task: Task, { model = '', before }: ModelUse): Promise<void> {
  await records.put(MODEL_USES, task, { model, before: before ?? null })
}
