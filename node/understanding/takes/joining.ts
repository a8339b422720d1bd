import { areOne, type Recording, type RecordingId } from './recording.ts'
import { type Angle, angleFor, MAX_ANGLES, type Place, placedIn, placeIn, type Take, turned, widened } from './take.ts'
import type { TakeRecords } from './take-records.ts'
import { nameOf } from './takes.ts'

/** Says that one recording lies so on the clock of `base`: makes a take of both, puts one into the other's, or makes one take of two. Answers whether anything changed. */
export async function join(records: TakeRecords, base: Recording, recording: Recording, place: Place & Pick<Angle, 'confidence'>): Promise<boolean> {
  const [first, second] = [base.facts.id, recording.facts.id]
  const [of, with_] = [records.of(first), records.of(second)]
  const { confidence } = place
  if (of === undefined && with_ === undefined) {
    const angle: Angle = { recording: first, offsetMs: 0, driftPpm: 0, by: 'sound', confidence: 1 }
    await records.create({ name: nameOf([base, recording]), by: '', angles: [angle, { recording: second, by: 'sound', confidence, offsetMs: place.offsetMs, driftPpm: place.driftPpm }] })
    return true
  }
  if (of !== undefined && with_ !== undefined && of.id !== with_.id) return unite(records, of, with_, [first, second], place)
  const take = of ?? with_!
  const [within, added, there] = of === undefined ? [second, first, turned(place)] as const : [first, second, place] as const
  const more = [...grown(take, first), ...grown(take, second)]
  if (angleFor(take, added) === undefined && take.angles.length < MAX_ANGLES) more.push({ recording: added, by: 'sound', confidence, ...placedIn(placeIn(take, within)!, there) })
  if (more.length > 0) await records.place(take.id, more)
  return more.length > 0
}

/** A camera's angle of which there is more now: it lies where it lay. */
function grown(take: Take, recording: RecordingId): Angle[] {
  const before = angleFor(take, recording)
  const after = before && widened(before, recording)
  return after === undefined || after.recording === before!.recording ? [] : [after]
}

/** The smaller becomes part of the larger, one that was found of one that a person made; two of people stay what they are. */
async function unite(records: TakeRecords, first: Take, second: Take, [base, recording]: readonly [RecordingId, RecordingId], place: Place): Promise<boolean> {
  if ((first.by !== '' && second.by !== '') || first.angles.length + second.angles.length > MAX_ANGLES) return false
  const keepsFirst = first.by !== '' || (second.by === '' && first.angles.length >= second.angles.length)
  const [kept, given] = keepsFirst ? [first, second] : [second, first]
  if (hasTakenOut(kept, given) || hasTakenOut(given, kept)) return false
  // where the clock of the one that is given up lies on that of the one that is kept
  const [ofFirst, ofSecond] = [placeIn(first, base)!, placeIn(second, recording)!]
  const clock = keepsFirst ? placedIn(placedIn(ofFirst, place), turned(ofSecond)) : placedIn(placedIn(ofSecond, turned(place)), turned(ofFirst))
  await records.place(kept.id, given.angles.map((angle) => inKept(kept, { ...angle, ...placedIn(clock, angle) })), given.out)
  await records.forget(given.id)
  return true
}

const hasTakenOut = ({ out }: Take, { angles }: Take): boolean => angles.some(({ recording }) => out.some((each) => areOne(each, recording)))

/** A camera that both have lies where it lay in the one that is kept. */
function inKept(kept: Take, angle: Angle): Angle {
  const before = angleFor(kept, angle.recording)
  return before === undefined ? angle : widened(before, angle.recording)
}
