/** Scenes as pages are told of them. Pure. */
import type { SceneView } from '#protocols/http.ts'
import type { AssetId } from '#protocols/ids.ts'
import { mergeLines } from '../inference/reading/merge-lines.ts'
import type { KeyPicture, SeenText } from './analysis.ts'
import { OBJECT_CONFIDENCE } from './entries-of.ts'
import type { Known } from './readings/read-made.ts'
import type { Tag } from './tags.ts'

/** Lines of text told of one scene, at most. @default 50 */
export const MAX_SCENE_WORDS = 50

/** A line of speech, in ms of the asset. */
export interface SpeechLine { readonly fromMs: number; readonly toMs: number; readonly text: string }

export const pictureAddress = (id: AssetId, atMs: number): string => `/api/v1/assets/${id}/picture?at=${atMs}`

export function sceneViews(id: AssetId, known: Known, { tags, speech = [] }: { tags?: ReadonlyArray<readonly Tag[]> | undefined; speech?: readonly SpeechLine[] }): SceneView[] {
  const { analysis: { pictures, scenes }, text, objects, captions } = known
  return scenes.map(({ fromMs, toMs, begins, hero, pictures: [from, to] }, scene) => {
    const shown = pictures[hero]!
    const isIts = ({ picture }: { readonly picture: number }): boolean => picture >= from && picture < to
    return {
      fromMs, toMs, begins, heroMs: shown.atMs, pictures: to - from, picture: pictureAddress(id, shown.atMs),
      palette: shown.palette.map(([colour]) => `#${colour.toString(16).padStart(6, '0')}`), sharpness: shown.sharpness, brightness: shown.exposure.mean,
      motion: mean(pictures.slice(from, to).map(({ motion }) => motion)), tags: [...tags?.[scene] ?? []],
      objects: objectViews((objects.at(-1)?.objects ?? []).filter(isIts)),
      words: wordViews((text.at(-1)?.lines ?? []).filter(isIts), pictures),
      caption: captions.at(-1)?.captions.find((one) => one.scene === scene)?.text ?? null,
      speech: speech.filter((line) => line.fromMs < toMs && line.toMs > fromMs).map(({ fromMs: from, toMs: to, text: said }) => ({ fromMs: from, toMs: to, text: said }))
    }
  })
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)

/** As many of each as were seen in one picture at most. */
function objectViews(objects: ReadonlyArray<{ readonly picture: number; readonly label: string; readonly confidence: number }>): SceneView['objects'] {
  const views = new Map<string, { label: string; count: number; confidence: number }>()
  const counts = new Map<string, number>()
  for (const { picture, label, confidence } of objects.filter((object) => object.confidence >= OBJECT_CONFIDENCE)) {
    const count = (counts.get(`${picture} ${label}`) ?? 0) + 1
    counts.set(`${picture} ${label}`, count)
    const view = views.get(label) ?? { label, count: 0, confidence: 0 }
    views.set(label, { label, count: Math.max(view.count, count), confidence: Math.max(view.confidence, confidence) })
  }
  return [...views.values()].sort((a, b) => b.confidence - a.confidence)
}

/** From where each line begins to stand. */
function wordViews(lines: readonly SeenText[], pictures: readonly KeyPicture[]): SceneView['words'] {
  return mergeLines(lines).slice(0, MAX_SCENE_WORDS).map(({ text, fromPicture, confidence }) => ({ text, atMs: pictures[fromPicture]!.atMs, confidence }))
}
