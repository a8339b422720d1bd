import { fork } from 'node:child_process'
import type { Device } from '#protocols/media.ts'
import { pixelFormatOf } from '../sources/pixel-formats.ts'
import { driverListing, DRIVER_TIMEOUT_MS } from './v4l2-ctl.ts'
import { parseControls, parseModes, parseNow } from './v4l2-listing.ts'

/** What a camera offers and is set to, or why that is not known. */
export interface Abilities extends Pick<Device, 'modes' | 'controls' | 'now'> {
  readonly reason: string
}

/** Asks the driver; where `v4l2-ctl` is not installed, controls and what it is set to are not known. */
export async function v4l2Abilities(path: string): Promise<Abilities> {
  const listing = await driverListing(path)
  const known = { modes: parseModes(listing), controls: parseControls(listing), now: parseNow(listing) ?? null }
  if (known.modes.length > 0) return { ...known, reason: '' }
  const asked = await modesOf(path)
  return 'reason' in asked ? { ...known, reason: asked.reason } : { ...known, modes: asked.modes.map((mode) => ({ ...mode, format: pixelFormatOf(mode.format), anyRate: false })), reason: '' }
}

type Asked = { modes: Array<Omit<Device['modes'][number], 'anyRate'>> } | { reason: string }

/** As FFmpeg sees them, in a process of its own. */
function modesOf(path: string): Promise<Asked> {
  const child = fork(new URL('./modes-child.ts', import.meta.url), [path], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: [] })
  const timer = setTimeout(() => child.kill('SIGKILL'), DRIVER_TIMEOUT_MS)
  return new Promise((resolve) => {
    child.once('message', (answer) => resolve(answer as Asked))
    child.once('error', (err) => resolve({ reason: err.message }))
    child.once('exit', () => {
      clearTimeout(timer)
      resolve({ reason: 'its driver does not answer' })
    })
  })
}
