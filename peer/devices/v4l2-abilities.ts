import { execFile, fork } from 'node:child_process'
import { promisify } from 'node:util'
import type { Device } from '#protocols/media.ts'

/** What a camera offers, or why that is not known. */
export interface Abilities extends Pick<Device, 'modes' | 'controls'> {
  readonly reason: string
}

/** A driver has to answer by then, in ms. @default 30000 */
export const ABILITIES_TIMEOUT_MS = 30_000

/** Asks the driver, in a process of its own; controls are known where `v4l2-ctl` is installed. */
export async function v4l2Abilities(path: string): Promise<Abilities> {
  const [modes, controls] = await Promise.all([modesOf(path), controlsOf(path)])
  return 'reason' in modes ? { modes: [], controls, reason: modes.reason } : { modes: modes.modes, controls, reason: '' }
}

function modesOf(path: string): Promise<Pick<Device, 'modes'> | { reason: string }> {
  const child = fork(new URL('./modes-child.ts', import.meta.url), [path], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: [] })
  const timer = setTimeout(() => child.kill('SIGKILL'), ABILITIES_TIMEOUT_MS)
  return new Promise((resolve) => {
    child.once('message', (answer) => resolve(answer as Pick<Device, 'modes'> | { reason: string }))
    child.once('error', (err) => resolve({ reason: err.message }))
    child.once('exit', () => {
      clearTimeout(timer)
      resolve({ reason: 'its driver does not answer' })
    })
  })
}

async function controlsOf(path: string): Promise<Device['controls']> {
  const { stdout } = await promisify(execFile)('v4l2-ctl', ['-d', path, '--list-ctrls'], { timeout: ABILITIES_TIMEOUT_MS, maxBuffer: 1024 ** 2 }).catch(() => ({ stdout: '' }))
  return parseControls(stdout)
}

/** `brightness 0x00980900 (int) : min=0 max=255 step=1 default=127 value=127`, one a line. */
export function parseControls(text: string): Device['controls'] {
  return text.split('\n').flatMap((line) => {
    const name = /^\s*(\w+) 0x[0-9a-f]+ \(\w+\)\s*:/.exec(line)?.[1]
    const number = (key: string): number => Number(new RegExp(`\\b${key}=(-?\\d+)`).exec(line)?.[1] ?? 0)
    return name === undefined ? [] : [{ name, min: number('min'), max: /\(bool\)/.test(line) ? 1 : number('max'), value: number('value') }]
  })
}
