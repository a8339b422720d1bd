/** What things that move are: the object a model sees most exactly where the thing is, in the picture in which it is seen best. */
import type { Asset } from '#ring'
import type { Looking } from '../analysis/look.ts'
import { PICTURES_AT_ONCE } from '../analysis/readings/read-pictures.ts'
import type { FoundObject, Inference } from '../inference/inference.ts'
import type { Motion, ObjectTrack } from './motion.ts'
import { overlap } from './tracks/boxes.ts'

/** Things that are named in one film: those that are seen longest. @default 100 */
export const MAX_NAMED = 100
/** Share of box and object that have to be the same. Motion is coarse: shadows belong to it, and what stands still does not. @default 0.3 */
export const NAME_OVERLAP = 0.3

export interface TrackNamesComponents {
  readonly looking: Pick<Looking, 'pictures'>
  readonly inference: Pick<Inference, 'findObjects' | 'whyNot'>
}

export interface TrackNames {
  /** The same with names where a model knows one, and with a note why there are none. @throws the signal's reason */
  named(asset: Asset, motion: Motion, options: { readonly signal: AbortSignal }): Promise<Motion>
}

export function createTrackNames({ looking, inference }: TrackNamesComponents): TrackNames {
  async function objectsAt(asset: Asset, moments: readonly number[], signal: AbortSignal): Promise<Map<number, FoundObject[]>> {
    const found = new Map<number, FoundObject[]>()
    for (let at = 0; at < moments.length; at += PICTURES_AT_ONCE) {
      const some = moments.slice(at, at + PICTURES_AT_ONCE)
      for (const [place, picture] of (await looking.pictures(asset, some, { signal })).entries()) found.set(some[place]!, await inference.findObjects(picture, { signal }))
    }
    return found
  }

  return {
    async named(asset, motion, { signal }) {
      if (motion.tracks.length === 0) return motion
      const nameless = (why: string): Motion => ({ ...motion, notes: [...motion.notes, `What they are is not said: ${why}`] })
      const why = inference.whyNot('find-objects')
      if (why !== undefined) return nameless(why)
      const longest = [...motion.tracks].sort((one, other) => lengthOf(other) - lengthOf(one)).slice(0, MAX_NAMED)
      try {
        const objects = await objectsAt(asset, [...new Set(longest.map(({ bestMs }) => bestMs))].sort((one, other) => one - other), signal)
        return { ...motion, tracks: motion.tracks.map((track) => nameOf(track, objects.get(track.bestMs) ?? [])) }
      } catch (err) {
        signal.throwIfAborted()
        return nameless(err instanceof Error ? err.message : String(err)) // where they went is known all the same
      }
    }
  }
}

const lengthOf = ({ points }: ObjectTrack): number => points.at(-1)!.atMs - points[0]!.atMs

function nameOf(track: ObjectTrack, objects: readonly FoundObject[]): ObjectTrack {
  const point = track.points.find(({ atMs }) => atMs === track.bestMs)
  const shares = objects.map((object) => ({ object, share: point === undefined ? 0 : overlap(point.box, object.box) }))
  const [best] = shares.filter(({ share }) => share >= NAME_OVERLAP).sort((one, other) => other.share - one.share)
  return best === undefined ? track : { ...track, label: best.object.label, confidence: best.object.confidence }
}
