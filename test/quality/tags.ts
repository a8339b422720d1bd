/**
 * How well scenes are tagged with the words of a vocabulary: `node test/quality/tags.ts`. Films are drawn by FFmpeg, a scene of one colour after the other, among them colours of which the vocabulary has no word; the planted model of colours stands
 * in for CLIP, which does not come with any package. So this says what prompts, shares and thresholds make of vectors whose likeness is known, not how well a real model knows pictures; and
 * since to this one a prompt without a colour is like nothing at all, not how well neutral prompts keep scenes without a word from being tagged.
 */
// needs: ffmpeg
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '#ring/base/log.ts'
import { createMetrics } from '#ring/base/metrics.ts'
import { lookAtFilm } from '../../node/understanding/analysis/look-at.ts'
import { picturesAt } from '../../node/understanding/analysis/pictures/pictures-at.ts'
import { pooled } from '../../node/understanding/analysis/readings/pooled.ts'
import { createTags } from '../../node/understanding/analysis/tags.ts'
import { createInference } from '../../node/understanding/inference/inference.ts'
import { plantedModels } from '../support/models/planted-models.ts'
import { printTable } from './table.ts'
import { randomOf } from '../support/random.ts'

const SCENES = 24
const SEEDS = [11, 12]
const SECONDS = 1.2
/** Colours a scene may have; those without a word are like none of the vocabulary. */
const WORDS: Readonly<Record<string, readonly [number, number, number]>> = { red: [220, 30, 30], green: [30, 200, 40], blue: [30, 40, 220], yellow: [220, 220, 30], cyan: [30, 210, 210], magenta: [210, 30, 210] }
const WORDLESS = { 'no word': [128, 128, 128] } as const

const folder = await mkdtemp(join(tmpdir(), 'thatdam-tags-'))
const inference = createInference({ models: await plantedModels(folder, ['colour-clip']), metrics: createMetrics(), log: silentLog })
await inference.start()
try {
  const counts = new Map(Object.keys({ ...WORDS, ...WORDLESS }).map((word) => [word, { scenes: 0, first: 0, others: 0 }]))
  for (const seed of SEEDS) {
    const truth = scenesBy(seed)
    const film = join(folder, `${seed}.mp4`)
    writeFilm(film, seed, truth)
    const { pictures, scenes } = lookAtFilm({ url: film, demuxer: 'mov', turn: 0, seconds: SCENES * SECONDS }, () => {})
    const seen = picturesAt({ url: film, demuxer: 'mov', turn: 0, pixels: 640 }, pictures.map(({ atMs }) => atMs), () => {})
    const { space, dimensions, values } = await inference.embedPictures(seen)
    const tags = createTags({ inference, settings: { vocabulary: () => Object.keys(WORDS) } })
    const told = await tags.of({ analysis: 'bafy' as never, model: 'colour-clip@1', space, dimensions, pictures: values, ...pooled(values, dimensions, scenes) })
    for (const [i, { fromMs, toMs }] of scenes.entries()) {
      const right = truth[Math.min(SCENES - 1, Math.floor((fromMs + toMs) / 2000 / SECONDS))]!
      const count = counts.get(right)!
      const names = told?.[i]?.map(({ name }) => name) ?? []
      count.scenes++
      if (names[0] === right || (right === 'no word' && names.length === 0)) count.first++
      count.others += names.filter((name) => name !== right).length
    }
  }
  printTable(['scene', 'scenes found', 'right tag first (of none: no tag)', 'wrong tags'], [...counts].map(([word, { scenes, first, others }]) => [word, `${scenes}`, `${first}`, `${others}`]))
} finally {
  await inference.stop()
  await rm(folder, { recursive: true })
}

/** No colour twice in a row. */
function scenesBy(seed: number): string[] {
  const [random, all] = [randomOf(seed), Object.keys({ ...WORDS, ...WORDLESS })]
  const scenes: string[] = []
  while (scenes.length < SCENES) {
    const next = all[Math.floor(random() * all.length)]!
    if (next !== scenes.at(-1)) scenes.push(next)
  }
  return scenes
}

/** Every scene's colour is somewhat off, and has grain. */
function writeFilm(path: string, seed: number, scenes: readonly string[]): void {
  const random = randomOf(seed + 1_000)
  const colours = scenes.map((word) => ({ ...WORDS, ...WORDLESS })[word as keyof typeof WORDLESS].map((part: number) => Math.round(Math.min(255, Math.max(0, part + (random() - 0.5) * 40))).toString(16).padStart(2, '0')).join(''))
  const inputs = colours.flatMap((colour) => ['-f', 'lavfi', '-i', `color=c=0x${colour}:s=320x180:r=25:d=${SECONDS},noise=alls=20:allf=t`])
  execFileSync('/usr/bin/ffmpeg', ['-v', 'error', '-y', ...inputs, '-filter_complex', `${colours.map((_, i) => `[${i}:v]`).join('')}concat=n=${colours.length}:v=1`, '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', path])
}
