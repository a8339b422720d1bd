/** What is written beside a clip about the cameras whose footage was listened to for it. Pure. */
import type { CameraId } from '#protocols/ids.ts'

/** Of each camera, in short, what it recorded while a clip was made: another text where that is more now, or lies elsewhere. */
export type Heard = ReadonlyMap<CameraId, string>

/** `2`, and each camera with what there was of it. */
export const listenedTo = (heard: Heard): string => [LISTENED, ...[...heard].map(([camera, what]) => `${camera}=${what}`)].join(' ')

/** Cameras of which there is something else than was listened to. */
export function unheard(heard: Heard, said = ''): CameraId[] {
  const known = new Set(said.split(' '))
  return [...heard].flatMap(([camera, what]) => known.has(`${camera}=${what}`) ? [] : [camera])
}

/** Whether cameras were listened to at all. */
export const isListened = (said: string | undefined): boolean => said?.split(' ')[0] === LISTENED

/** Before it, cameras were not listened to. */
const LISTENED = '2'
