/** What `v4l2-ctl` prints of a device. Pure. */
import type { Device, DeviceControl, DeviceMode } from '#protocols/media.ts'
import { PIXEL_FORMATS } from '../sources/pixel-formats.ts'

/** Sizes that are told of a camera which takes any between two, beside its largest. */
const USUAL_SIZES = [[320, 180], [640, 360], [640, 480], [800, 600], [960, 540], [1_280, 720], [1_920, 1_080], [2_560, 1_440], [3_840, 2_160]] as const
/** Kinds of controls that have a number to set. */
const KINDS: Readonly<Record<string, string>> = { int: 'integer', int64: 'integer', bool: 'switch', menu: 'menu', intmenu: 'menu' }

/** Those that are captured here; the rest of what a device can send is left out. */
export function parseModes(text: string): DeviceMode[] {
  const modes: DeviceMode[] = []
  let format = ''
  let sizes: DeviceMode[] = []
  for (const line of text.split('\n')) {
    const size = /^\s*Size: (\w+) (.*)/.exec(line)
    const rates = /^\s*Interval: (\w+) .*\(([\d.]+)(?:-([\d.]+))? fps\)/.exec(line)
    format = /^\s*\[\d+\]: '(.{4})'/.exec(line)?.[1] ?? (/^\s*\[\d+\]: /.test(line) ? '' : format)
    if (size !== null && format in PIXEL_FORMATS) {
      sizes = sizesIn(size[1] ?? '', size[2] ?? '').map(([width, height]) => ({ format, width, height, fps: [], anyRate: false }))
      modes.push(...sizes)
    } else if (size !== null) sizes = []
    if (rates === null) continue
    const found = [rates[2], rates[3]].filter((rate) => rate !== undefined).map(Number)
    for (const mode of sizes) {
      mode.fps = [...new Set([...mode.fps, ...found])]
      mode.anyRate ||= rates[1] !== 'Discrete'
    }
  }
  return modes
}

/** `Discrete 640x480`, or `Stepwise 16x16 - 1920x1080 with step 2/2`. */
function sizesIn(kind: string, text: string): Array<readonly [number, number]> {
  const [minWidth = 0, minHeight = 0, maxWidth = minWidth, maxHeight = minHeight, stepX = 1, stepY = 1] = (text.match(/\d+/g) ?? []).map(Number)
  if (kind === 'Discrete') return [[minWidth, minHeight]]
  const fits = (size: number, min: number, max: number, step: number): boolean => size >= min && size <= max && (size - min) % Math.max(1, step) === 0
  const usual = USUAL_SIZES.filter(([width, height]) => fits(width, minWidth, maxWidth, stepX) && fits(height, minHeight, maxHeight, stepY) && (width !== maxWidth || height !== maxHeight))
  return [...usual, [maxWidth, maxHeight]]
}

/** What the device is set to. */
export function parseNow(text: string): Device['now'] {
  const [, width, height] = /^\s*Width\/Height\s*: (\d+)\/(\d+)/m.exec(text) ?? []
  const format = /^\s*Pixel Format\s*: '(.{4})'/m.exec(text)?.[1]
  if (width === undefined || format === undefined) return null
  const fps = Number(/^\s*Frames per second: ([\d.]+)/m.exec(text)?.[1] ?? 0)
  return { format, width: Number(width), height: Number(height), fps: fps > 0 ? [fps] : [], anyRate: false }
}

/** `brightness 0x00980900 (int) : min=0 max=255 step=1 default=127 value=127 flags=slider`, one a line; under a menu its items: `1: Manual Mode`. */
export function parseControls(text: string): DeviceControl[] {
  const controls: DeviceControl[] = []
  let menu: DeviceControl | undefined
  for (const line of text.split('\n')) {
    const [, name, type, rest = ''] = /^\s*(\w+) 0x[0-9a-f]+ \((\w+)\s*\)\s*:(.*)/.exec(line) ?? []
    const [, value, label] = /^\s+(\d+): (.*)/.exec(line) ?? []
    if (name !== undefined) {
      const control = controlOf(name, KINDS[type ?? ''], rest)
      if (control !== undefined) controls.push(control)
      menu = control?.kind === 'menu' ? control : undefined
    } else if (value !== undefined) menu?.choices.push({ value: Number(value), label: (label ?? '').replace(/ \(0x[0-9a-f]+\)$/, '').trim() })
  }
  return controls
}

/** Undefined for one without a number, and for one whose numbers are too great to be exact. */
function controlOf(name: string, kind: string | undefined, text: string): DeviceControl | undefined {
  const number = (key: string, otherwise = 0): number => Number(new RegExp(`\\b${key}=(-?\\d+)`).exec(text)?.[1] ?? otherwise)
  if (kind === undefined) return undefined
  const control = { name, kind, min: number('min'), max: number('max', kind === 'switch' ? 1 : 0), step: number('step', 1), defaultValue: number('default'), value: number('value'), choices: [], locked: /\bflags=.*\b(?:inactive|read-only|disabled|grabbed)\b/.test(text) }
  return [control.min, control.max, control.value].every(Number.isSafeInteger) ? control : undefined
}
