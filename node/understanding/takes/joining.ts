import type { Asset } from '#ring'
import { type Angle, MAX_ANGLES, type Place, placedIn, type Take, turned } from './take.ts'
import type { TakeRecords } from './take-records.ts'
import { nameOf } from './takes.ts'

/** Says that `asset` lies so on the clock of `base`: makes a take of both, puts one into the other's, or makes one take of two. Answers whether anything changed. */
export async function join(records: TakeRecords, base: Asset, asset: Asset, place: Place & Pick<Angle, 'confidence'>): Promise<boolean> {
  const [of, with_] = [records.of(base.facts.id), records.of(asset.facts.id)]
  const { confidence } = place
  if (of === undefined && with_ === undefined) {
    const first: Angle = { asset: base.facts.id, offsetMs: 0, driftPpm: 0, by: 'sound', confidence: 1 }
    await records.create({ name: nameOf([base, asset]), by: '', angles: [first, { asset: asset.facts.id, by: 'sound', confidence, offsetMs: place.offsetMs, driftPpm: place.driftPpm }] })
    return true
  }
  if (of !== undefined && with_ !== undefined) return of.id !== with_.id && unite(records, of, with_, base, asset, place)
  const take = of ?? with_!
  if (take.angles.length >= MAX_ANGLES) return false
  const [within, added, there] = of === undefined ? [asset, base, turned(place)] as const : [base, asset, place] as const
  await records.place(take.id, [{ asset: added.facts.id, by: 'sound', confidence, ...placedIn(placeOf(take, within), there) }])
  return true
}

const placeOf = ({ angles }: Take, { facts: { id } }: Asset): Place => angles.find(({ asset }) => asset === id)!

/** The smaller becomes part of the larger, one that was found of one that a person made; two of people stay what they are. */
async function unite(records: TakeRecords, first: Take, second: Take, base: Asset, asset: Asset, place: Place): Promise<boolean> {
  if ((first.by !== '' && second.by !== '') || first.angles.length + second.angles.length > MAX_ANGLES) return false
  const keepsFirst = first.by !== '' || (second.by === '' && first.angles.length >= second.angles.length)
  const [kept, given] = keepsFirst ? [first, second] : [second, first]
  if (given.angles.some((angle) => kept.out.includes(angle.asset)) || kept.angles.some((angle) => given.out.includes(angle.asset))) return false
  // where the clock of the one that is given up lies on that of the one that is kept
  const clock = keepsFirst ? placedIn(placedIn(placeOf(first, base), place), turned(placeOf(second, asset))) : placedIn(placedIn(placeOf(second, asset), turned(place)), turned(placeOf(first, base)))
  await records.place(kept.id, given.angles.map((angle) => ({ ...angle, ...placedIn(clock, angle) })), given.out)
  await records.forget(given.id)
  return true
}
