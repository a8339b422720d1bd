import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { RefusedError } from '#protocols/errors.ts'
import type { DeviceControl } from '#protocols/media.ts'

/** A driver has to answer by then, in ms. @default 30000 */
export const DRIVER_TIMEOUT_MS = 30_000
/** A driver lists at most so much, in bytes. */
const MAX_LISTING_BYTES = 4 * 1024 ** 2

/** Formats, sizes and rates, controls with their menus, and what all of it is set to, as `v4l2-ctl` prints it; empty where that is not installed. */
export async function driverListing(path: string): Promise<string> {
  return v4l2Ctl(path, '--list-formats-ext', '--list-ctrls-menus', '--get-fmt-video', '--get-parm').catch((err: { stdout?: string }) => err.stdout ?? '')
}

/** Switches and menus first: they govern what else can be set (`auto_exposure` the time of exposure). @throws RefusedError with what the driver says; some may be set then */
export async function setControls(path: string, values: Readonly<Record<string, number>>, listed: readonly DeviceControl[]): Promise<void> {
  const governs = ([name]: [string, number]): boolean => listed.find((control) => control.name === name)?.kind !== 'integer'
  const { first = [], then = [] } = Object.groupBy(Object.entries(values), (entry) => (governs(entry) ? 'first' : 'then'))
  for (const group of [first, then]) {
    if (group.length > 0) await v4l2Ctl(path, '--set-ctrl', group.map(([name, value]) => `${name}=${value}`).join(',')).catch((err) => { throw new RefusedError(whyNotSet(err)) })
  }
}

async function v4l2Ctl(path: string, ...words: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('v4l2-ctl', ['-d', path, ...words], { timeout: DRIVER_TIMEOUT_MS, maxBuffer: MAX_LISTING_BYTES })
  return stdout
}

function whyNotSet({ code, stderr = '' }: { code?: unknown; stderr?: string }): string {
  if (code === 'ENOENT') return 'controls are set with v4l2-ctl, which is not installed on its machine: install v4l-utils there'
  return `its driver refuses: ${stderr.trim().split('\n').at(-1)?.trim() || 'it does not answer'}`
}
