/** From hits of several kinds to moments: reciprocal rank fusion, since a cosine and a share of words can not be added. */
import type { Hit } from '../index/ask.ts'
import { type Subject, subjectKey } from '../subject.ts'
import type { Found, Moment, Reason } from './moments.ts'

/** What a rank is added to: the larger, the less the first places count beside the next. @default 60 */
export const RANK_OFFSET = 60
/** Moments of one subject this near to each other, in ms, are one. @default 2000 */
export const MERGE_GAP_MS = 2_000
/** Moments of one subject that are answered. @default 10 */
export const MAX_MOMENTS = 10
/** Reasons of one moment that are told. @default 5 */
export const MAX_REASONS = 5
/** A picture that is less than this share as alike as its subject's most alike one is a moment of its own, however near it is: it counts as much less. @default 0.85 */
export const ALIKE_SHARE = 0.85
/** A further hit of the same subject stands this much of a rank behind the one before. @default 0.1 */
export const SAME_SUBJECT_STEP = 0.1

interface Ranked extends Hit { /** Of the list it is from. */ readonly list: number; readonly points: number; /** Much less alike than another picture of the subject. */ readonly isFar: boolean }

/** `lists`: of one kind each, the best first. */
export function fuse(lists: ReadonlyArray<readonly Hit[]>, limit: number): Found[] {
  const most = lists.filter(({ length }) => length > 0).length / (RANK_OFFSET + 1)
  const bySubject = new Map<string, Ranked[]>()
  for (const hit of lists.flatMap(ranked)) bySubject.set(subjectKey(hit.subject), [...bySubject.get(subjectKey(hit.subject)) ?? [], hit])
  const found = [...bySubject.values()].map((hits) => foundOf(hits[0]!.subject, hits, most))
  return found.sort((one, other) => other.score - one.score || certainty(other) - certainty(one) || byKey(one, other)).slice(0, limit)
}

/** A rank is how many other subjects are before it: a film that is full of it does not push the others down. */
function ranked(hits: readonly Hit[], list: number): Ranked[] {
  const places = new Map<string, number>()
  const counts = new Map<string, number>()
  const mostAlike = new Map<string, number>()
  return hits.map((hit) => {
    const key = subjectKey(hit.subject)
    if (!places.has(key)) places.set(key, places.size + 1)
    if (hit.sense === 'picture' && !mostAlike.has(key)) mostAlike.set(key, hit.score)
    const share = hit.sense === 'picture' ? shareOf(hit.score, mostAlike.get(key)!) : 1
    const count = counts.get(key) ?? 0
    counts.set(key, count + 1)
    const isFar = share < ALIKE_SHARE
    return { ...hit, list, isFar, points: (isFar ? share : 1) / (RANK_OFFSET + places.get(key)! + count * SAME_SUBJECT_STEP) }
  })
}

const shareOf = (score: number, most: number): number => most > 0 ? Math.max(0, score / most) : 1

function foundOf(subject: Subject, hits: readonly Ranked[], most: number): Found {
  const [whole, parts] = [hits.filter(({ level }) => level === 0), hits.filter(({ level }) => level > 0)]
  const groups = groupsOf(parts)
  const moments = (groups.length === 0 ? [[]] : groups).map((group) => momentOf([...group, ...whole], group.length === 0 ? whole : group, most))
  const best = moments.sort((one, other) => other.score - one.score || other.level - one.level).slice(0, MAX_MOMENTS)
  return { subject, score: best[0]?.score ?? 0, moments: best }
}

/** What is said there means what was asked, whatever its words. */
const isPassage = ({ sense, level }: Hit): boolean => sense === 'meaning' && level === 2
const hasLine = (hits: readonly Hit[]): boolean => hits.some(({ sense }) => sense === 'speech')

/** Pictures and lines that are near to each other; a scene, or a passage, is a reason of the best of those inside it, a passage rather of its lines, and stands for itself where there is none. */
function groupsOf(hits: readonly Ranked[]): Ranked[][] {
  const lines = hits.filter(({ level }) => level === 1)
  const groups = [false, true].flatMap((areFar) => nearOnes(lines.filter(({ isFar }) => isFar === areFar)))
  const fine = [...groups]
  for (const scene of hits.filter(({ level }) => level === 2)) {
    const inside = fine.filter((group) => group.some(({ fromMs, toMs }) => fromMs <= scene.toMs && toMs >= scene.fromMs))
    const same = groups.find((group) => !fine.includes(group) && group[0]!.fromMs === scene.fromMs && group[0]!.toMs === scene.toMs)
    const its = isPassage(scene) && inside.some(hasLine) ? inside.filter(hasLine) : inside
    if (its.length > 0) its.sort((one, other) => pointsOf(other) - pointsOf(one))[0]!.push(scene)
    else if (same !== undefined) same.push(scene)
    else groups.push([scene])
  }
  return groups
}

function nearOnes(hits: readonly Ranked[]): Ranked[][] {
  const groups: Ranked[][] = []
  for (const hit of hits.toSorted((one, other) => one.fromMs - other.fromMs)) {
    const last = groups.at(-1)
    if (last !== undefined && hit.fromMs <= Math.max(...last.map(({ toMs }) => toMs)) + MERGE_GAP_MS) last.push(hit)
    else groups.push([hit])
  }
  return groups
}

/** Of each list the best hit counts. */
const pointsOf = (hits: readonly Ranked[]): number => [...new Set(hits.map(({ list }) => list))].reduce((sum, each) => sum + Math.max(...hits.filter(({ list }) => list === each).map(({ points }) => points)), 0)

/** `place`: the hits that say when it is: the finest of them, or a passage that goes before pictures. */
function momentOf(hits: readonly Ranked[], place: readonly Ranked[], most: number): Moment {
  const [first, finest] = [bestOf(place), Math.min(...place.map(({ level }) => level))]
  const own = isPassage(first) && !hasLine(place) ? [first] : place.filter(({ level }) => level === finest)
  const shown = bestOf(own)
  return { level: shown.level, fromMs: Math.min(...own.map(({ fromMs }) => fromMs)), toMs: Math.max(...own.map(({ toMs }) => toMs)), pictureMs: shown.pictureMs, score: Math.min(1, pointsOf(hits) / most), why: reasonsOf(hits) }
}

const bestOf = (hits: readonly Ranked[]): Ranked => hits.reduce((best, hit) => hit.points > best.points ? hit : best)

function reasonsOf(hits: readonly Ranked[]): Reason[] {
  const reasons = new Map<string, Reason>()
  for (const { sense, text, score } of [...hits].sort((one, other) => other.points - one.points)) {
    const key = sense === 'picture' ? sense : `${sense} ${text}`
    if (!reasons.has(key) && reasons.size < MAX_REASONS) reasons.set(key, { sense, ...(text === undefined ? {} : { text }), score: Math.max(0, Math.min(1, score)) })
  }
  return [...reasons.values()]
}

/** However answers came in, they are in the same order. */
const byKey = (one: Pick<Found, 'subject'>, other: Pick<Found, 'subject'>): number => subjectKey(one.subject).localeCompare(subjectKey(other.subject), 'en')

/** What several nodes have is one hit: the one that scores most. */
function distinct(hits: readonly Hit[]): Hit[] {
  const seen = new Map<string, Hit>()
  for (const hit of hits) {
    const key = JSON.stringify([subjectKey(hit.subject), hit.level, hit.sense, hit.fromMs, hit.toMs, hit.text])
    if ((seen.get(key)?.score ?? -Infinity) < hit.score) seen.set(key, hit)
  }
  return [...seen.values()]
}

/** The highest score first, nothing twice. */
export const inOrder = (hits: readonly Hit[]): Hit[] => distinct(hits).sort((one, other) => other.score - one.score || byKey(one, other) || one.fromMs - other.fromMs)

/** Of equal ranks words that are there go before a likeness, and the more alike before the less. */
const certainty = ({ moments }: Found): number => Math.max(...(moments[0]?.why ?? []).map(({ sense, score }) => sense === 'picture' || sense === 'meaning' ? score : 1 + score), 0)
