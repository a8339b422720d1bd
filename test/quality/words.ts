/** How well words in pictures are read: `node test/quality/words.ts [a font with Chinese letters]`. The words are drawn here, so that what should have been read is known; letters of other languages, handwriting and photographed signs are not in it. Needs ffmpeg with Debian's DejaVu. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ReadLine } from '../../node/understanding/inference/inference.ts'
import { READING_MODEL } from '../../node/understanding/inference/reading/reading-model.ts'
import { type DrawnText, drawnPicture, PLAIN_FONT } from '../support/drawn-picture.ts'
import { layOut, openPackaged } from '../support/models/packaged.ts'
import { editDistance } from '../../node/understanding/inference/reading/edit-distance.ts'
import { printTable } from './table.ts'
import { randomOf } from '../support/random.ts'

const SIZES = [14, 18, 24, 32, 40]
const PICTURES = 4
const [WIDTH, HEIGHT] = [1280, 720]
const CHINESE_FONTS = [process.argv[2] ?? '', '/usr/share/fonts/truetype/wqy/wqy-microhei.ttc', '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc']
const chinese = CHINESE_FONTS.find((font) => existsSync(font))

/** Made of these words, and never the same line twice. */
const LANGUAGES: ReadonlyArray<{ readonly name: string; readonly font: string | undefined; readonly line: (random: () => number) => string }> = [
  { name: 'English', font: PLAIN_FONT, line: (random) => words(random, 4, ['Harbour', 'at', 'dawn', 'interview', 'with', 'the', 'producer', 'second', 'unit', 'Exit', 'night', 'Quarter', 'final', 'just', 'before', 'Morning', 'news', 'live', 'from', 'Box', 'office', 'camera', 'two', 'wide', 'shot', 'Keep', 'rolling', 'scene']) },
  { name: 'digits', font: PLAIN_FONT, line: (random) => `${digits(random, 4)}-${digits(random, 2)}-${digits(random, 2)} ${digits(random, 2)}:${digits(random, 2)}:${digits(random, 2)}:${digits(random, 2)}` },
  { name: 'German', font: PLAIN_FONT, line: (random) => words(random, 4, ['Straße', 'Größe', 'München', 'Übung', 'schöne', 'Grüße', 'Köln', 'Äpfel', 'für', 'Gespräch', 'mit', 'dem', 'Regisseur', 'Öffnung', 'heute', 'Abend', 'Nachrichten', 'läuft', 'zwölf', 'Uhr']) },
  { name: 'Chinese', font: chinese, line: (random) => Array.from({ length: 8 }, () => [...'北京新闻联播今天晚上天气很好我们学习电影导演摄影机第一场夜景城市人民公园大学图书馆中国上海春夏秋冬'][Math.floor(random() * 48)] ?? '天').join('') }
]

/** What lies behind, and whether words stand on a board of their own. */
const GROUNDS: ReadonlyArray<{ readonly name: string; readonly ground: string; readonly before?: string; readonly board?: string }> = [
  { name: 'board', ground: 'testsrc2', before: 'boxblur=20', board: 'black@0.8' },
  { name: 'plain', ground: 'color=c=0x304050' },
  { name: 'busy', ground: 'mandelbrot', before: 'eq=brightness=-0.25:contrast=0.5' }
]

const pick = <T>(random: () => number, from: readonly T[]): T => from[Math.floor(random() * from.length)]!
const words = (random: () => number, count: number, from: readonly string[]): string => Array.from({ length: count }, () => pick(random, from)).join(' ')
const digits = (random: () => number, count: number): string => Array.from({ length: count }, () => Math.floor(random() * 10)).join('')

interface Result { readonly language: string; readonly ground: string; readonly size: number; readonly truth: string; readonly read: string }

const folder = await mkdtemp(join(tmpdir(), 'thatdam-words-'))
await layOut(READING_MODEL, folder)
const model = await openPackaged(READING_MODEL, folder)
try {
  const results: Result[] = []
  let wordless = 0
  const random = randomOf(20)
  for (const ground of GROUNDS) {
    const [lines] = await model.run('read-text', [drawnPicture({ width: WIDTH, height: HEIGHT, ...ground })])
    wordless += lines!.length
    for (const language of LANGUAGES.filter(({ font }) => font !== undefined)) {
      for (let i = 0; i < PICTURES; i++) {
        const texts = SIZES.map((size, place): DrawnText => ({ text: language.line(random), x: 40 + Math.floor(random() * 200), y: 40 + place * 130 + Math.floor(random() * 60), size, font: language.font, board: ground.board }))
        const [read] = await model.run('read-text', [drawnPicture({ width: WIDTH, height: HEIGHT, ground: ground.ground, before: ground.before, texts })])
        for (const drawn of texts) results.push({ language: language.name, ground: ground.name, size: drawn.size, truth: drawn.text, read: lineAt(read!, drawn) })
      }
    }
  }
  for (const { truth, read, size, ground } of process.env['SHOW'] === undefined ? [] : results.filter(({ truth, read }) => truth !== read)) process.stdout.write(`${size} ${ground}\t${truth}\t${read}\n`)
  process.stdout.write(`${results.length} lines drawn in ${WIDTH} × ${HEIGHT}, seed 20; ${chinese === undefined ? 'no Chinese: name a font, or apt-get install fonts-wqy-microhei' : chinese}\n\n`)
  const rowsBy = (name: string, of: (result: Result) => string): void => printTable([name, 'lines', 'found', 'exact', 'wrong characters', 'the same without spaces, accents'], [...Map.groupBy(results, of)].map(([key, some]) => [key, ...scoresOf(some)]))
  rowsBy('language', ({ language }) => language)
  rowsBy('size in pixels', ({ size }) => String(size))
  rowsBy('ground', ({ ground }) => ground)
  process.stdout.write(`lines read in ${GROUNDS.length} pictures without words: ${wordless}\nmemory of the process: ${Math.round(model.bytes / 1024 ** 2)} MiB\n`)
} finally {
  await model.end()
  await rm(folder, { recursive: true })
}

/** All that was read where it stands. */
function lineAt(lines: readonly ReadLine[], { y, size }: DrawnText): string {
  return lines.filter(({ box: [, top, , height] }) => Math.abs((top + height / 2) * HEIGHT - (y + size / 2)) < size).map(({ text }) => text).join(' ')
}

function scoresOf(results: readonly Result[]): string[] {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
  const shareOf = (is: (result: Result) => boolean): string => percent(results.filter(is).length / results.length)
  const wrong = (of: (text: string) => string): string => percent(results.reduce((sum, { truth, read }) => sum + editDistance(of(truth), of(read)), 0) / results.reduce((sum, { truth }) => sum + of(truth).length, 0))
  return [String(results.length), shareOf(({ read }) => read !== ''), shareOf(({ truth, read }) => truth === read), wrong((text) => text), wrong(plain)]
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll('ß', 'ss').normalize('NFD').replace(/[\s\p{M}]/gu, '')
}
