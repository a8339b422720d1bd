/** Captions of the line 21 (ANSI/CTA-608-E): pairs of bytes to what is read on the screen and when. Pure. */
import { tidied } from '../formats/cue.ts'

export interface ShownText { readonly fromMs: number; readonly toMs: number; readonly text: string }

/** Rows of the screen, and columns of a row. */
const [ROWS, COLUMNS] = [15, 32]
/** A caption that nothing takes away is shown so long, in ms. @default 16000 */
export const LONGEST_MS = 16_000
/** Most captions of a channel. @default 20000 */
export const MAX_SHOWN = 20_000

/** Where the basic set is not ASCII (CTA-608-E table 50). */
const BASIC: Readonly<Record<number, string>> = { 0x2a: 'á', 0x5c: 'é', 0x5e: 'í', 0x5f: 'ó', 0x60: 'ú', 0x7b: 'ç', 0x7c: '÷', 0x7d: 'Ñ', 0x7e: 'ñ', 0x7f: '█' }
/** Tables 5 to 10: the special characters, and those that stand for a plain one sent before them. */
const SPECIAL = [...'®°½¿™¢£♪à èâêîôû']
const EXTENDED: Readonly<Record<number, readonly string[]>> = { 0x12: [...'ÁÉÓÚÜü‘¡*’—©℠•“”ÀÂÇÈÊËëÎÏïÔÙùÛ«»'], 0x13: [...'ÃãÍÌìÒòÕõ{}\\^_|~ÄäÖöß¥¤│ÅåØø┌┐└┘'] }
/** Row of a preamble by its first byte and whether bit 5 of the second is set (table 53). */
const PREAMBLE_ROWS: Readonly<Record<number, readonly [number, number]>> = { 0x10: [11, 11], 0x11: [1, 2], 0x12: [3, 4], 0x13: [12, 13], 0x14: [14, 15], 0x15: [5, 6], 0x16: [7, 8], 0x17: [9, 10] }

type Mode = 'pop-on' | 'roll-up' | 'paint-on' | 'text'
type Screen = Map<number, string[]>

/** One field of the picture: two channels that take turns, each told by its control codes. */
export class Cea608Field {
  readonly channels = [new Cea608Channel(), new Cea608Channel()] as const
  #channel: Cea608Channel = this.channels[0]
  #lastControl = 0
  /** What comes is about the programme, until its end or the next control code of a caption. */
  #isAbout = false

  /** Pairs come in the order in which their pictures are shown. */
  push(first: number, second: number, atMs: number): void {
    const [a, b] = [first & 0x7f, second & 0x7f]
    if (a === 0 && b === 0) return
    if (a < 0x10) { // extended data services, about the programme
      this.#lastControl = 0
      if (a > 0) this.#isAbout = a !== 0x0f
      return
    }
    if (a >= 0x20) {
      this.#lastControl = 0
      if (this.#isAbout) return
      for (const code of [a, b]) if (code >= 0x20) this.#channel.write(BASIC[code] ?? String.fromCharCode(code), atMs)
      return
    }
    this.#isAbout = false
    const control = (a << 8) | b
    const isRepeated = control === this.#lastControl // each is sent twice, for one may be lost
    this.#lastControl = isRepeated ? 0 : control
    if (isRepeated) return
    this.#channel = this.channels[(a & 0x08) === 0 ? 0 : 1]
    this.#channel.control(a & 0x17, b, atMs)
  }

  end(atMs: number): void {
    for (const channel of this.channels) channel.end(atMs)
  }
}

export class Cea608Channel {
  readonly shown: ShownText[] = []
  #mode: Mode | undefined
  #displayed: Screen = new Map()
  #hidden: Screen = new Map()
  #row = ROWS
  #column = 0
  #rollRows = 2
  /** Since when what is displayed is, or its last line. */
  #sinceMs: number | undefined

  /** `a` of the first channel of the first field. */
  control(a: number, b: number, atMs: number): void {
    if (b >= 0x40) return this.#preamble(a, b)
    if ((a === 0x14 || a === 0x15) && b < 0x30) return this.#command(b, atMs)
    if (a === 0x17 && b >= 0x21 && b <= 0x23) return void (this.#column = Math.min(COLUMNS - 1, this.#column + b - 0x20))
    if (a === 0x11 && b >= 0x30) return this.write(SPECIAL[b - 0x30]!, atMs)
    if (a === 0x11) return this.write(' ', atMs) // how it looks from here on
    const extended = EXTENDED[a]?.[b - 0x20]
    if (extended === undefined) return
    this.#column = Math.max(0, this.#column - 1)
    this.write(extended, atMs)
  }

  write(character: string, atMs: number): void {
    if (this.#mode === undefined || this.#mode === 'text') return
    const screen = this.#mode === 'pop-on' ? this.#hidden : this.#displayed
    if (this.#mode !== 'pop-on') this.#sinceMs ??= atMs
    const row = screen.get(this.#row) ?? []
    screen.set(this.#row, row)
    row[this.#column] = character
    this.#column = Math.min(COLUMNS - 1, this.#column + 1)
  }

  end(atMs: number): void {
    this.#tell(atMs)
  }

  #command(b: number, atMs: number): void {
    switch (b) {
      case 0x20: this.#mode = 'pop-on'; break
      case 0x21: this.#backspace(); break
      case 0x24: this.#screen().get(this.#row)?.splice(this.#column); break
      case 0x25: case 0x26: case 0x27: this.#rollUp(b - 0x23, atMs); break
      case 0x29: this.#mode = 'paint-on'; break
      case 0x2a: case 0x2b: this.#mode = 'text'; break
      case 0x2c: this.#erase(atMs); break
      case 0x2d: if (this.#mode === 'roll-up') this.#carriageReturn(atMs); break
      case 0x2e: this.#hidden = new Map(); break
      case 0x2f: this.#flip(atMs); break
      default: // on, off and alarms say nothing
    }
  }

  #screen(): Screen { return this.#mode === 'pop-on' ? this.#hidden : this.#displayed }

  #backspace(): void {
    this.#column = Math.max(0, this.#column - 1)
    const row = this.#screen().get(this.#row)
    if (row !== undefined) delete row[this.#column]
  }

  #preamble(a: number, b: number): void {
    const row = PREAMBLE_ROWS[a]![(b & 0x20) === 0 ? 0 : 1]
    if (this.#mode === 'roll-up' && row !== this.#row) { // the lines go there together
      const line = this.#displayed.get(this.#row)
      this.#displayed = new Map(line === undefined ? [] : [[row, line]])
    }
    this.#row = row
    this.#column = (b & 0x10) === 0 ? 0 : ((b & 0x0e) >> 1) * 4
  }

  #rollUp(rows: number, atMs: number): void {
    if (this.#mode !== 'roll-up') {
      this.#erase(atMs)
      this.#hidden = new Map()
      this.#row = ROWS
      this.#column = 0
    }
    this.#mode = 'roll-up'
    this.#rollRows = rows
  }

  /** The line is complete: it is told once, not again with every line that follows while it is still to be seen. */
  #carriageReturn(atMs: number): void {
    this.#tell(atMs)
    this.#displayed = new Map()
    this.#column = 0
  }

  #erase(atMs: number): void {
    this.#tell(atMs)
    this.#displayed = new Map()
  }

  #flip(atMs: number): void {
    this.#tell(atMs)
    this.#mode = 'pop-on'
    ;[this.#displayed, this.#hidden] = [this.#hidden, this.#displayed]
    this.#sinceMs = this.#displayed.size === 0 ? undefined : atMs
    this.#column = 0
  }

  /** What is displayed was, from when it came until now. */
  #tell(atMs: number): void {
    const [fromMs, text] = [this.#sinceMs, textOf(this.#displayed)]
    this.#sinceMs = undefined
    if (fromMs === undefined || text === '' || this.shown.length >= MAX_SHOWN) return
    this.shown.push({ fromMs, toMs: Math.min(Math.max(fromMs, atMs), fromMs + LONGEST_MS * (this.#mode === 'roll-up' ? this.#rollRows : 1)), text })
  }
}

const textOf = (screen: Screen): string => tidied([...screen].sort(([one], [other]) => one - other).map(([, row]) => Array.from(row, (character) => character ?? ' ').join('').trim()).join(' '))
