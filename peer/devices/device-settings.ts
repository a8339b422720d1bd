/** Whether a device offers what it is to be set to. Pure. */
import type { DeviceSettings } from '#protocols/cameras.ts'
import { InvalidInputError } from '#protocols/errors.ts'
import type { Device, DeviceControl, DeviceMode } from '#protocols/media.ts'
import { PIXEL_FORMATS } from '../sources/pixel-formats.ts'

/** Values named in an error, at most. */
const MAX_NAMED = 12
/** Rates are told in thousandths, 29.970. */
const SAME_RATE = 0.01

type Offer = Pick<Device, 'modes' | 'controls'>

/** @throws InvalidInputError that names what the device offers */
export function checkSettings(settings: DeviceSettings, { modes, controls }: Offer): void {
  const fault = modeFault(settings, modes) ?? Object.entries(settings.controls ?? {}).map(([name, value]) => controlFault(name, value, controls)).find((each) => each !== undefined) ?? lockFault(settings.controls ?? {}, controls)
  if (fault !== undefined) throw new InvalidInputError(fault)
}

/** What of it this device offers: another may have been plugged in under its name. */
export function offeredOf({ controls: wanted = {}, ...mode }: DeviceSettings, { modes, controls }: Offer): DeviceSettings {
  const kept = Object.fromEntries(Object.entries(wanted).filter(([name, value]) => controlFault(name, value, controls) === undefined))
  return { ...(modeFault(mode, modes) === undefined && mode), ...(Object.keys(kept).length > 0 && { controls: kept }) }
}

function modeFault({ format, width, height, fps }: DeviceSettings, modes: readonly DeviceMode[]): string | undefined {
  const ofFormat = modes.filter((mode) => (format === undefined ? true : mode.format === format && format in PIXEL_FORMATS))
  const inFormat = format === undefined ? '' : ` in ${format}`
  if (ofFormat.length === 0 && format !== undefined) return `format ${format}: this camera offers ${named(modes.map((mode) => mode.format).filter((each) => each in PIXEL_FORMATS), 'none that can be chosen')}`
  if ((width === undefined) !== (height === undefined)) return 'width and height go together'
  const ofSize = ofFormat.filter((mode) => width === undefined || (mode.width === width && mode.height === height))
  if (ofSize.length === 0 && width !== undefined) return `size ${width}x${height}${inFormat}: this camera offers ${named(ofFormat.map((mode) => `${mode.width}x${mode.height}`), 'none')}`
  if (fps === undefined || ofSize.some((mode) => hasRate(mode, fps))) return undefined
  return `${fps} pictures a second${width === undefined ? '' : ` at ${width}x${height}`}${inFormat}: this camera offers ${named(ofSize.flatMap(ratesOf), 'none that can be chosen')}`
}

const hasRate = ({ fps: rates, anyRate }: DeviceMode, fps: number): boolean => rates.some((rate) => Math.abs(rate - fps) < SAME_RATE) || (anyRate && fps > Math.min(...rates) && fps < Math.max(...rates))
const ratesOf = ({ fps, anyRate }: DeviceMode): string[] => (anyRate ? [`${Math.min(...fps)} to ${Math.max(...fps)}`] : fps.map(String))

function controlFault(name: string, value: number, controls: readonly DeviceControl[]): string | undefined {
  const control = controls.find((each) => each.name === name)
  if (control === undefined) return `control ${name}: this camera offers ${named(controls.map((each) => each.name), 'none; where v4l2-ctl (v4l-utils) is not installed on its machine they are not known')}`
  const { kind, min, max, step, choices } = control
  if (kind === 'menu') return choices.some((choice) => choice.value === value) ? undefined : `${name} ${value}: use ${named(choices.map((choice) => `${choice.value} (${choice.label})`), 'none')}`
  if (kind === 'switch') return value === 0 || value === 1 ? undefined : `${name} ${value}: use 0 (off) or 1 (on)`
  if (Number.isInteger(value) && value >= min && value <= max && (step <= 1 || (value - min) % step === 0)) return undefined
  return `${name} ${value}: use ${min} to ${max}${step > 1 ? ` in steps of ${step}` : ''}`
}

/** What another control governs may be free once that is set, too. */
function lockFault(values: Readonly<Record<string, number>>, controls: readonly DeviceControl[]): string | undefined {
  const set = controls.filter(({ name }) => name in values)
  if (set.some(({ kind, locked }) => kind !== 'integer' && !locked)) return undefined
  const locked = set.find((control) => control.locked && control.value !== values[control.name])
  return locked && `${locked.name} can not be set now: it is only read, or another control governs it (an automatic one, that has to be switched off first or with it)`
}

function named(values: readonly string[], none: string): string {
  const different = [...new Set(values)]
  if (different.length === 0) return none
  return different.slice(0, MAX_NAMED).join(', ') + (different.length > MAX_NAMED ? ` and ${different.length - MAX_NAMED} more` : '')
}
