/** An analysis as bytes: dag-cbor `{v: 1, durationMs, pictures: […], scenes: […]}`, each picture and scene a list of its fields in order. */
import { encode } from '@ipld/dag-cbor'
import type { Analysis, Cut, KeyPicture, Scene } from './analysis.ts'
import { MAX_PICTURES, MAX_SCENES } from './film-reader.ts'
import { PALETTE_COLOURS } from './pictures/palette.ts'
import { Untrusted } from './strict.ts'

/** Largest analysis that is read, in bytes. @default 8388608 */
export const MAX_ANALYSIS_BYTES = 8 * 1024 ** 2
/** No film is longer, in ms: a thousand hours. */
export const MAX_FILM_MS = 3_600_000_000

const CUTS: readonly Cut[] = ['start', 'cut', 'dissolve', 'fade']
const HASH = /^(-|[0-9a-f]{16})$/

export function encodeAnalysis({ durationMs, pictures, scenes }: Analysis): Uint8Array {
  return encode({ v: 1, durationMs, pictures: pictures.map(pictureFields), scenes: scenes.map(({ fromMs, toMs, begins, pictures: [from, to], hero }) => [fromMs, toMs, begins, from, to, hero]) })
}

const pictureFields = ({ atMs, scene, palette, sharpness, exposure, motion, score, hash }: KeyPicture): unknown[] =>
  [atMs, scene, palette.map(([colour, share]) => [colour, share]), sharpness, exposure.mean, exposure.black, exposure.burnt, motion, score, hash]

/** @throws InvalidMessageError naming what is wrong */
export function decodeAnalysis(bytes: Uint8Array): Analysis {
  const whole = Untrusted.of(bytes, 'the analysis', MAX_ANALYSIS_BYTES)
  const fields = whole.map('v', 'durationMs', 'pictures', 'scenes')
  fields.v.integer(1, 1)
  const durationMs = fields.durationMs.integer(0, MAX_FILM_MS)
  const scenes = fields.scenes.list(MAX_SCENES).map(sceneOf)
  const pictures = fields.pictures.list(MAX_PICTURES).map((picture) => pictureOf(picture, scenes.length))
  const why = whyWrong({ durationMs, pictures, scenes })
  return why === undefined ? { durationMs, pictures, scenes } : whole.refuse(why)
}

function pictureOf(value: Untrusted, scenes: number): KeyPicture {
  const [atMs, scene, palette, sharpness, mean, black, burnt, motion, score, hash] = value.tuple(10) as [Untrusted, Untrusted, Untrusted, Untrusted, Untrusted, Untrusted, Untrusted, Untrusted, Untrusted, Untrusted]
  return {
    atMs: atMs.integer(0, MAX_FILM_MS), scene: scene.integer(0, scenes - 1),
    palette: palette.list(PALETTE_COLOURS).map((entry) => {
      const [colour, share] = entry.tuple(2)
      return [colour!.integer(0, 0xffffff), share!.share()] as const
    }),
    sharpness: sharpness.share(), exposure: { mean: mean.share(), black: black.share(), burnt: burnt.share() }, motion: motion.share(), score: score.share(), hash: hash.matching(HASH)
  }
}

function sceneOf(value: Untrusted): Scene {
  const [fromMs, toMs, begins, from, to, hero] = value.tuple(6)
  return { fromMs: fromMs!.integer(0, MAX_FILM_MS), toMs: toMs!.integer(0, MAX_FILM_MS), begins: begins!.one(CUTS), pictures: [from!.integer(0, MAX_PICTURES), to!.integer(0, MAX_PICTURES)], hero: hero!.integer(0, MAX_PICTURES) }
}

/** Scenes follow each other and share the pictures out among them. */
function whyWrong({ pictures, scenes }: Analysis): string | undefined {
  let [toMs, picture] = [0, 0]
  for (const [i, scene] of scenes.entries()) {
    const [from, to] = scene.pictures
    if (scene.fromMs !== toMs || scene.toMs < scene.fromMs) return `has a scene ${i} that does not begin where the one before ends`
    if (from !== picture || to <= from || to > pictures.length || scene.hero < from || scene.hero >= to) return `has a scene ${i} whose pictures are not its own`
    if (pictures.slice(from, to).some((one) => one.scene !== i)) return `has pictures that are not of scene ${i}`
    toMs = scene.toMs
    picture = to
  }
  if (scenes.length === 0 || picture !== pictures.length) return 'has pictures of no scene'
  return pictures.every(({ atMs }, i) => i === 0 || atMs >= pictures[i - 1]!.atMs) ? undefined : 'has pictures that are not in their order'
}
