/** What readings are called in `made`. */
import { createHash } from 'node:crypto'
import type { Task } from '../../inference/inference.ts'
import { vectorsOf } from '../analysis.ts'
import type { ModelAtWork } from '../../inference/inference.ts'

/** Kinds of readings of pictures, by the task that makes them. */
export const READINGS = { 'embed-pictures': 'vectors', 'read-text': 'text', 'find-objects': 'objects', 'find-faces': 'faces', 'describe-pictures': 'captions' } as const satisfies Partial<Record<Task, string>>
export type PictureTask = keyof typeof READINGS
export const PICTURE_TASKS = Object.keys(READINGS) as PictureTask[]

/** Longest name in `made`, in UTF-16 units. */
const LONGEST = 64

/** The name of what a model makes; undefined for one that embeds and names no space. */
export function readingName(task: PictureTask, { name, space }: Pick<ModelAtWork, 'name' | 'space'>): string | undefined {
  if (task === 'embed-pictures') return space === undefined ? undefined : vectorsOf(space)
  const whole = `${READINGS[task]}@${name.replace(/[^\w.@-]+/g, '-')}`
  return whole.length <= LONGEST ? whole : `${whole.slice(0, LONGEST - 9)}-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`
}

/** The task whose reading has this name; undefined for what is none of a picture. */
export function taskOfReading(name: string): PictureTask | undefined {
  return PICTURE_TASKS.find((task) => name.startsWith(`${READINGS[task]}@`))
}
