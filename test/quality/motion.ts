/**
 * How well things that move are found and followed, on films made in code whose truth is known.
 *
 *   node test/quality/motion.ts          the seeds that nothing was tuned on
 *   node test/quality/motion.ts tune     those that it was tuned on
 *   node test/quality/motion.ts 7,8      these
 */
import { MotionFinder } from '../../node/understanding/motion/motion-finder.ts'
import { DEFAULT_SENSITIVITY } from '../../node/understanding/motion/motion.ts'
import { added, NO_SCORE, type MotionScore, scoreOf } from '../support/motion-score.ts'
import { movingScene, type SceneInit, type Truth } from '../support/moving-scene.ts'

const only = process.argv[3]
const SCENES: Readonly<Record<string, Omit<SceneInit, 'seed'>>> = {
  'plain, 3 things': { things: 3, seconds: 14 },
  'noise 8': { things: 3, seconds: 14, noise: 8 },
  'light ±25 %': { things: 3, seconds: 14, light: 0.25 },
  'lamp −40 %': { things: 3, seconds: 14, lamp: -0.4 },
  'swaying leaves': { things: 3, seconds: 20, sway: 4 },
  'shadows': { things: 3, seconds: 14, shadow: true },
  'crossing pairs': { things: 2, seconds: 14, crossing: true },
  'all at once': { things: 4, seconds: 20, noise: 5, light: 0.15, sway: 3, shadow: true },
  'nothing moves': { things: 0, seconds: 14, noise: 5, light: 0.25, sway: 3 }
}
const asked = process.argv[2] ?? ''
const seeds = asked === 'tune' ? [11, 12, 13] : /^\d/.test(asked) ? asked.split(',').map(Number) : [101, 102, 103, 104, 105]

function run(init: SceneInit): { score: MotionScore; ms: number; pictures: number } {
  const finder = new MotionFinder({ masks: [], zones: [], sensitivity: DEFAULT_SENSITIVITY, features: false })
  const truths = new Map<number, Truth[]>()
  let [ms, pictures] = [0, 0]
  for (const { atMs, picture, truth } of movingScene(init)) {
    truths.set(atMs, truth)
    const started = process.cpuUsage()
    finder.look(atMs, picture)
    ms += cpuMs(process.cpuUsage(started))
    pictures++
  }
  return { score: scoreOf(truths, finder.finish().tracks), ms, pictures }
}

/** Of this process: other work on the machine does not count. */
const cpuMs = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1000

const row = (cells: readonly string[]): string => cells.map((cell, i) => i === 0 ? cell.padEnd(18) : cell.padStart(10)).join('')
process.stdout.write(`seeds ${seeds.join(' ')}\n${row(['', 'precision', 'recall', 'path px', 'switches', 'things', 'tracks', 'cpu ms'])}\n`)
for (const [name, init] of Object.entries(SCENES)) {
  if (only !== undefined && !name.includes(only)) continue
  let score = NO_SCORE
  let [ms, pictures] = [0, 0]
  for (const seed of seeds) {
    const one = run({ ...init, seed })
    score = added(score, one.score)
    ms += one.ms
    pictures += one.pictures
  }
  const share = (part: number, whole: number): string => whole === 0 ? '–' : (part / whole).toFixed(3)
  process.stdout.write(`${row([name, share(score.hits, score.boxes), share(score.hits, score.truths), share(score.pixels, score.hits), String(score.switches), String(score.things), String(score.tracks), (ms / pictures).toFixed(1)])}\n`)
}
