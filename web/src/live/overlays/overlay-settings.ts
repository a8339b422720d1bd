import { fieldsOf, oneOf } from '../../design/tolerant.ts'

export const PEAKING_COLOURS = { red: [255, 40, 40], green: [40, 255, 80], blue: [60, 120, 255], yellow: [255, 235, 40], white: [255, 255, 255] } as const
export type PeakingColour = keyof typeof PEAKING_COLOURS

export const SCOPES = ['none', 'waveform', 'parade', 'histogram'] as const
export type Scope = (typeof SCOPES)[number]

/** Aspect masks, width over height; `none` shows the whole picture. */
export const MASKS = { none: 0, '1:1': 1, '4:5': 4 / 5, '9:16': 9 / 16, '2.39:1': 2.39 } as const
export type Mask = keyof typeof MASKS

/** Lowest and highest zebra threshold, IRE. */
export const ZEBRA_IRE = { min: 50, max: 100 } as const

/** What is drawn over one camera's picture. */
export interface OverlaySettings {
  readonly falseColour: boolean
  readonly zebra: boolean
  /** From where on the first stripes are drawn, IRE. @default 95 */
  readonly zebraIre: number
  readonly secondZebra: boolean
  /** Around what the second stripes are drawn, IRE. @default 70 */
  readonly secondZebraIre: number
  readonly peaking: boolean
  readonly peakingColour: PeakingColour
  /** How readily an edge counts as sharp, 0 to 100. @default 50 */
  readonly peakingStrength: number
  readonly scope: Scope
  readonly thirds: boolean
  readonly centre: boolean
  readonly safe: boolean
  readonly mask: Mask
}

/** Everything off. */
export const NO_OVERLAYS: OverlaySettings = {
  falseColour: false, zebra: false, zebraIre: 95, secondZebra: false, secondZebraIre: 70, peaking: false, peakingColour: 'red', peakingStrength: 50,
  scope: 'none', thirds: false, centre: false, safe: false, mask: 'none'
}

const within = (value: unknown, min: number, max: number, fallback: number): number => typeof value === 'number' && value >= min && value <= max ? value : fallback

const keysOf = <K extends string>(record: Readonly<Record<K, unknown>>): readonly K[] => Object.keys(record) as K[]

/** Settings out of what was kept; anything unknown is as if it were never set. */
export function parseOverlays(kept: unknown): OverlaySettings {
  const fields = fieldsOf(kept)
  const flag = (name: keyof OverlaySettings): boolean => fields[name] === true
  return {
    falseColour: flag('falseColour'), zebra: flag('zebra'), secondZebra: flag('secondZebra'), peaking: flag('peaking'), thirds: flag('thirds'), centre: flag('centre'), safe: flag('safe'),
    zebraIre: within(fields['zebraIre'], ZEBRA_IRE.min, ZEBRA_IRE.max, NO_OVERLAYS.zebraIre),
    secondZebraIre: within(fields['secondZebraIre'], ZEBRA_IRE.min, ZEBRA_IRE.max, NO_OVERLAYS.secondZebraIre),
    peakingColour: oneOf(keysOf(PEAKING_COLOURS), fields['peakingColour'], NO_OVERLAYS.peakingColour),
    peakingStrength: within(fields['peakingStrength'], 0, 100, NO_OVERLAYS.peakingStrength),
    scope: oneOf(SCOPES, fields['scope'], 'none'),
    mask: oneOf(keysOf(MASKS), fields['mask'], 'none')
  }
}

/** Whether something must be painted pixel by pixel over the picture. */
export function paintsPicture({ falseColour, zebra, secondZebra, peaking }: OverlaySettings): boolean {
  return falseColour || zebra || secondZebra || peaking
}

/** Whether lines are drawn over the picture. */
export function hasGuides({ thirds, centre, safe, mask }: OverlaySettings): boolean {
  return thirds || centre || safe || mask !== 'none'
}

/** Whether anything at all is shown. */
export function hasOverlays(settings: OverlaySettings): boolean {
  return paintsPicture(settings) || hasGuides(settings) || settings.scope !== 'none'
}
