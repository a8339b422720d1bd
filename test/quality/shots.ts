/**
 * How well shots are found: `node test/quality/shots.ts [SEED…]`. Films are drawn by seeds that the detector was not tuned on; FFmpeg's `scdet` finds shots in the same files.
 * A shot counts as found when something is told within four pictures of its transition; whatever else is told is a false alarm, and so is telling it twice.
 */
// needs: ffmpeg
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lookAtFilm } from '../../node/understanding/analysis/look-at.ts'
import { FILM_RATE, type FilmTruth, type ShotTruth, writeShotFilm } from '../support/shot-film.ts'

/** Seeds of films that nobody looked at while thresholds were chosen: those of tuning are below 100. */
export const HELD_OUT = [1_009, 2_003, 3_001]
const SHOTS = 60
const SLACK = 4

interface Score { found: number; told: number; false: Map<string, number>; types: Map<string, [found: number, all: number]> }

const newScore = (): Score => ({ found: 0, told: 0, false: new Map(), types: new Map() })

function score(into: Score, { shots, distractions }: FilmTruth, told: readonly number[]): void {
  const covers = (shot: ShotTruth, frame: number): boolean => frame >= shot.from - SLACK && frame <= shot.to + SLACK
  for (const shot of shots) {
    const entry = into.types.get(shot.type) ?? [0, 0]
    entry[1]++
    const hits = told.filter((frame) => covers(shot, frame)).length
    into.told += hits
    if (hits > 0) {
      entry[0]++
      into.found++
    }
    if (hits > 1) into.false.set('one shot told twice', (into.false.get('one shot told twice') ?? 0) + hits - 1)
    into.types.set(shot.type, entry)
  }
  for (const frame of told.filter((at) => !shots.some((shot) => covers(shot, at)))) {
    into.told++
    const why = distractions.find(({ from, to }) => frame >= from - 2 && frame <= to + 12)?.type ?? 'nothing'
    into.false.set(why, (into.false.get(why) ?? 0) + 1)
  }
}

/** Frames at which FFmpeg's detector tells a new scene; those within eight pictures are one. */
function scdet(path: string, threshold: number): number[] {
  const { stderr } = spawnSync('/usr/bin/ffmpeg', ['-hide_banner', '-i', path, '-vf', `scdet=threshold=${threshold}`, '-f', 'null', '-'], { encoding: 'utf8', maxBuffer: 64e6 })
  const told = [...stderr.matchAll(/lavfi\.scd\.time: ([\d.]+)/g)].map(([, seconds]) => Math.round(Number(seconds) * FILM_RATE))
  return told.filter((frame, i) => i === 0 || frame - told[i - 1]! >= 8)
}

function ours(path: string): number[] {
  const seconds = Number(execFileSync('/usr/bin/ffprobe', ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', path]))
  return lookAtFilm({ url: path, demuxer: 'mov', turn: 0, seconds }, () => {}).scenes.slice(1).map(({ fromMs }) => Math.round((fromMs / 1000) * FILM_RATE))
}

function line(name: string, { found, told, false: wrong, types }: Score): string {
  const all = [...types.values()].reduce((sum, [, count]) => sum + count, 0)
  const parts = ['cut', 'dissolve', 'fade'].map((type) => (types.get(type) ?? [0, 0]).join('/').padStart(9))
  return `${name.padEnd(14)} ${(found / Math.max(1, told)).toFixed(3)}  ${(found / all).toFixed(3)} ${parts.join('')}  ${[...wrong].map(([why, count]) => `${count} ${why}`).join(', ') || 'none'}`
}

export async function run(seeds: readonly number[] = HELD_OUT, shots = SHOTS): Promise<{ ours: Score; scdet: Score; frames: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'thatdam-shots-'))
  const scores = new Map([['ours', newScore()], ['scdet 10', newScore()], ['scdet 7', newScore()], ['scdet 14', newScore()]])
  const sums = { frames: 0, distractions: 0 }
  try {
    for (const seed of seeds) {
      const path = join(folder, `${seed}.mp4`)
      const truth = await writeShotFilm(path, { seed, shots })
      sums.frames += truth.frames
      sums.distractions += truth.distractions.length
      for (const [name, into] of scores) score(into, truth, name === 'ours' ? ours(path) : scdet(path, Number(name.split(' ')[1])))
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
  process.stdout.write(`${sums.frames} pictures of seeds ${seeds.join(', ')}; ${sums.distractions} distractions\n${'detector'.padEnd(14)} prec.  recall       cut dissolve     fade  false alarms at\n`)
  for (const [name, each] of scores) process.stdout.write(`${line(name, each)}\n`)
  return { ours: scores.get('ours')!, scdet: scores.get('scdet 10')!, frames: sums.frames }
}

if (import.meta.main) await run(process.argv.length > 2 ? process.argv.slice(2).map(Number) : HELD_OUT)
