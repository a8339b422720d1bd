/** The tokens of both schemes, held to WCAG 2.2: 4.5:1 for text (1.4.3), 3:1 for what is told by shape (1.4.11). */
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'

const WEB = join(import.meta.dirname, '../../web')
const TOKENS = readFileSync(join(WEB, 'src/design/tokens.css'), 'utf8')
const SHEETS = sourcesWith('.css')
const COMPONENTS = sourcesWith('.tsx')
const test = suite('colours')

function sourcesWith(ending: string): Array<{ readonly file: string; readonly text: string }> {
  const files = readdirSync(join(WEB, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith(ending))
  return files.map((file) => ({ file, text: readFileSync(join(WEB, 'src', file), 'utf8') }))
}

type Rgb = readonly [number, number, number]
type Tokens = ReadonlyMap<string, string>

function tokensIn(block: string): Array<[string, string]> {
  return [...block.matchAll(/--([\w-]+): ([^;]+);/g)].map(([, name = '', value = '']) => [name, value])
}

/** What stands in a rule of tokens.css, by the beginning of its selector. */
function rule(selector: string): Tokens {
  const from = TOKENS.indexOf(`\n${selector}`)
  assert.notEqual(from, -1, selector)
  return new Map(tokensIn(TOKENS.slice(from, TOKENS.indexOf('\n}', from))))
}

const DARK = rule(':root, ')
const LIGHT = rule(":root[data-scheme='light'] {")
const ALWAYS = rule(':root {')
const SCHEMES: ReadonlyArray<readonly [string, Tokens]> = [['dark', new Map([...ALWAYS, ...DARK])], ['light', new Map([...ALWAYS, ...LIGHT])]]

function rgbOf(tokens: Tokens, name: string): Rgb {
  const [, hex = ''] = /^#([0-9a-f]{3}|[0-9a-f]{6})$/.exec(tokens.get(name) ?? '') ?? []
  assert.notEqual(hex, '', `--${name} is a colour without transparency`)
  const long = hex.length === 3 ? [...hex].map((digit) => digit + digit).join('') : hex
  return [0, 2, 4].map((at) => Number.parseInt(long.slice(at, at + 2), 16)) as unknown as Rgb
}

/** WCAG 2.2, relative luminance. */
function luminance(rgb: Rgb): number {
  const [red, green, blue] = rgb.map((channel) => channel / 255).map((share) => share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4) as unknown as Rgb
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** WCAG 2.2, contrast ratio. */
function contrast(a: Rgb, b: Rgb): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((one, other) => other - one) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

const MEMBERS = Array.from({ length: 8 }, (_, at) => `m${at}`)
const GROUNDS = ['bg', 'side', 'surface', 'raised', 'tint']

/** Texts, and the grounds each of them stands on. */
const TEXTS: ReadonlyArray<readonly [readonly string[], readonly string[]]> = [
  [['text', 'text-dim', 'text-faint'], [...GROUNDS, 'hover']],
  [['text', 'text-dim', 'accent'], ['accent-soft']],
  [['accent', 'ok', 'warn', 'bad'], [...GROUNDS, 'hover']],
  [['accent-ink'], ['accent', 'accent-hover']],
  [['warn-text', 'warn', 'text', 'text-dim'], ['warn-soft']],
  [['bad-text', 'bad'], ['bad-soft']],
  [['text-faint'], ['mat', 'track']],
  [['rec-ink'], ['rec']],
  [['match-ink'], ['match']],
  [['tip-ink'], ['tip']],
  [MEMBERS, ['bg', 'surface', 'tint']]
]

/** Shapes that tell something by themselves, and what is beside them. */
const SHAPES: ReadonlyArray<readonly [readonly string[], readonly string[]]> = [
  [['focus'], [...GROUNDS, 'accent-soft', 'track']],
  [['recorded', 'accent', 'playhead', 'bad', 'warn', 'rec'], ['track']],
  [['line-strong'], ['bg', 'surface']],
  [['rec', 'ok', 'warn', 'bad'], ['surface', 'bg']]
]

function tooClose(pairs: typeof TEXTS, least: number): string[] {
  return SCHEMES.flatMap(([scheme, tokens]) => pairs.flatMap(([fronts, grounds]) => fronts.flatMap((front) => grounds.flatMap((ground) => {
    const ratio = contrast(rgbOf(tokens, front), rgbOf(tokens, ground))
    return ratio >= least ? [] : [`${scheme}: --${front} on --${ground} is ${ratio.toFixed(2)}:1`]
  }))))
}

test('the ratio is computed as WCAG has it', () => {
  assert.equal(contrast([0, 0, 0], [255, 255, 255]), 21)
  assert.equal(contrast([119, 119, 119], [255, 255, 255]).toFixed(2), '4.48')
})

test('every text is at least 4.5:1 on every ground it stands on, in both schemes', () => {
  assert.deepEqual(tooClose(TEXTS, 4.5), [])
})

test('every shape that tells something is at least 3:1 beside what surrounds it, in both schemes', () => {
  assert.deepEqual(tooClose(SHAPES, 3), [])
})

test('words on glass are at least 4.5:1, also when the picture behind it is white', () => {
  const [, red, green, blue, percent] = /^rgb\((\d+) (\d+) (\d+) \/ (\d+)%\)$/.exec(ALWAYS.get('glass') ?? '') ?? []
  const share = Number(percent) / 100
  const overWhite = [red, green, blue].map((channel) => Number(channel) * share + 255 * (1 - share)) as unknown as Rgb
  const faint = [...['glass-ink', 'glass-dim'].map((name) => [name, ALWAYS] as const), ...['text', 'text-dim', 'accent', 'ok', 'warn', 'bad'].map((name) => [name, DARK] as const)]
    .filter(([name, tokens]) => contrast(rgbOf(tokens, name), overWhite) < 4.5).map(([name]) => name)
  assert.deepEqual(faint, [])
})

test('both schemes name the same colours', () => {
  assert.deepEqual([...LIGHT.keys()], [...DARK.keys()])
})

test('no stylesheet but the tokens names a colour', () => {
  const named = SHEETS.filter(({ file }) => !file.endsWith('tokens.css')).flatMap(({ file, text }) => text.split('\n')
    .filter((line) => /#[0-9a-f]{3,8}\b|(?:rgb|hsl|hwb|lab|lch|oklab|oklch)a?\(|[:\s](?:white|black)\b(?!-)/i.test(line)).map((line) => `${file}: ${line.trim().slice(0, 120)}`))
  assert.deepEqual(named, [])
})

test('every name that a stylesheet uses is given', () => {
  const given = new Set([...SHEETS, ...COMPONENTS].flatMap(({ text }) => [...text.matchAll(/--([\w-]+)'?:/g)].map(([, name]) => name)))
  const used = SHEETS.flatMap(({ text }) => [...text.matchAll(/var\(--([\w-]+)\)/g)].map(([, name]) => name))
  assert.deepEqual([...new Set(used)].filter((name) => !given.has(name)), [])
})

test('the bars of the browser take the ground of the scheme', () => {
  const script = readFileSync(join(WEB, 'public/scheme.js'), 'utf8')
  assert.match(script, new RegExp(`dark: '${DARK.get('bg')}', light: '${LIGHT.get('bg')}'`))
  assert.match(readFileSync(join(WEB, 'index.html'), 'utf8'), new RegExp(`name="theme-color" content="${DARK.get('bg')}"`))
})

test.run()
