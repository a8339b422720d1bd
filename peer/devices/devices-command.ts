/** `thatdam peer devices`: what this machine could capture from, without a ring. */
import type { Device } from '#protocols/media.ts'
import { inventory } from './inventory.ts'

export async function runDevices(argv: readonly string[], print = (line: string): void => { process.stdout.write(`${line}\n`) }): Promise<void> {
  const devices = await inventory({ patient: true }).devices()
  if (argv.includes('--json')) return print(JSON.stringify({ devices }))
  if (devices.length === 0) return print('No cameras, screens or network cameras found. A stream can be given by its address: thatdam peer --help')
  for (const device of devices) for (const line of linesOf(device)) print(line.replace(/[\p{Cc}\p{Cf}]/gu, ''))
}

function linesOf({ kind, source, name, aliases, state, reason, modes, controls }: Device): string[] {
  return [
    `${kind.padEnd(10)}  ${source}  ${name}${state === 'free' ? '' : `  (${state}${reason === '' ? '' : `: ${reason}`})`}`,
    ...aliases.map((alias) => `            also ${alias}`),
    ...(modes.length === 0 ? [] : [`            ${modes.slice(0, 12).map(({ format, width, height, fps }) => `${format} ${width}x${height}${fps.length === 0 ? '' : `@${Math.max(...fps)}`}`).join(', ')}${modes.length > 12 ? `, and ${modes.length - 12} more` : ''}`]),
    ...(controls.length === 0 ? [] : [`            ${controls.map((control) => `${control.name} ${control.value} (${control.min} to ${control.max})`).join(', ')}`])
  ]
}
