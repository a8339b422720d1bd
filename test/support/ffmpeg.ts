import { execFileSync } from 'node:child_process'

/** The machine's own, whatever lies in the path; it overwrites. @throws Error with what it said */
export const ffmpeg = (...args: string[]): void => { execFileSync('/usr/bin/ffmpeg', ['-v', 'error', '-y', ...args]) }
