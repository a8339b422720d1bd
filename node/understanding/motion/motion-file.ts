import { Compile } from 'typebox/compile'
import { NotFoundError } from '#protocols/errors.ts'
import { MotionFile } from '#protocols/http.ts'
import type { Motion } from './motion.ts'

/** Largest that is read, in bytes. @default 67108864 */
export const MAX_MOTION_BYTES = 64 * 1024 * 1024

const check = Compile(MotionFile)

export const encodeMotion = (motion: Motion): Uint8Array => Buffer.from(JSON.stringify(motion))

/** @throws NotFoundError for what is none: any member may have written it */
export function parseMotion(bytes: Uint8Array): Motion {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'))
    if (check.Check(value)) return value as unknown as Motion
  } catch {}
  throw new NotFoundError('what is kept of the motion of this asset can not be read: it was not made by this program. Look for motion anew')
}
