/** Which pictures of a recording a cut keeps, and which of them must be encoded anew. Pure. */
import type { TimedSample } from './read-part.ts'

/** A picture this close after an end, in video ticks, is taken as lying on it: times are milliseconds outside and ticks inside. @default 90 */
export const CUT_SLACK_TICKS = 90

/** Pictures of one group: taken as they are, or those of `[fromTicks, toTicks)` made anew from all of it. */
export type PlannedGroup =
  | { readonly copy: readonly TimedSample[] }
  | { readonly encode: readonly TimedSample[]; readonly fromTicks: number; readonly toTicks: number }

export const shownAt = ({ time, offset }: TimedSample): number => time + offset

/** When the picture that is on screen at `ticks` appeared: of those before the first, the first. */
export function pictureAt(pictures: readonly TimedSample[], ticks: number): number {
  const times = pictures.map(shownAt)
  const before = times.filter((time) => time <= ticks + CUT_SLACK_TICKS)
  return before.length > 0 ? Math.max(...before) : Math.min(...times)
}

/** Each group begins with a picture that depends on no other. */
export function groupsOf(pictures: readonly TimedSample[]): TimedSample[][] {
  const groups: TimedSample[][] = []
  for (const picture of pictures) {
    if (picture.key || groups.length === 0) groups.push([])
    groups.at(-1)!.push(picture)
  }
  return groups
}

/**
 * The groups of pictures shown in `[fromTicks, toTicks)`. What is wanted of a group is copied when nothing that is left out is needed to
 * decode it, that is when it is the group's beginning; else it is made anew. With `copyOnly` more is kept instead: all up to the last that is wanted.
 */
export function planGroups(pictures: readonly TimedSample[], fromTicks: number, toTicks: number, copyOnly = false): PlannedGroup[] {
  return groupsOf(pictures).flatMap((group): PlannedGroup[] => {
    const isWanted = (picture: TimedSample): boolean => shownAt(picture) >= fromTicks && shownAt(picture) < toTicks - CUT_SLACK_TICKS
    const wanted = group.filter(isWanted)
    if (wanted.length === 0) return []
    const beginning = group.slice(0, group.findLastIndex(isWanted) + 1)
    return copyOnly || beginning.length === wanted.length ? [{ copy: beginning }] : [{ encode: beginning, fromTicks, toTicks: toTicks - CUT_SLACK_TICKS }]
  })
}
