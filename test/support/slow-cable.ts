import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const PYTHON = '/usr/bin/python3'
const PROGRAM = join(import.meta.dirname, 'slow-cable.py')

/** Why no cable can be slowed here, or undefined when it can. */
export function whyNoSlowCable(): string | undefined {
  return spawnSync('unshare', ['-n', PYTHON, PROGRAM, 'a', 'b', '0', '0'], { input: '' }).stdout?.toString() === 'up\n' ? undefined : 'a slow cable needs python3 and /dev/net/tun'
}

/** Put a cable that delays and loses between a port and its bridge; the answer puts the short one back. `delayMs` and `lossPercent` are those of one direction. */
export async function slowCable(namespace: string, { port, bridge, delayMs, lossPercent }: { port: string; bridge: string; delayMs: number; lossPercent: number }): Promise<() => Promise<void>> {
  const [near, far, detour] = [`${port}n`, `${port}f`, `${port}d`]
  const ip = (...words: string[]): void => { execFileSync('ip', ['-n', namespace, ...words], { stdio: ['ignore', 'ignore', 'inherit'] }) }
  const cable = spawn('ip', ['netns', 'exec', namespace, PYTHON, PROGRAM, near, far, `${delayMs}`, `${lossPercent}`], { stdio: ['pipe', 'pipe', 'inherit'] })
  await Promise.race([once(cable.stdout, 'data'), once(cable, 'exit').then(() => { throw new Error('the slow cable ended at once') })])
  ip('link', 'add', detour, 'type', 'bridge')
  ip('link', 'set', detour, 'up')
  ip('link', 'set', near, 'master', detour, 'up')
  ip('link', 'set', far, 'master', bridge, 'up')
  ip('link', 'set', port, 'master', detour)
  return async () => {
    ip('link', 'set', port, 'master', bridge)
    ip('link', 'del', detour)
    await ended(cable)
  }
}

async function ended(cable: ChildProcess): Promise<void> {
  const gone = once(cable, 'exit')
  cable.stdin?.end()
  if (cable.exitCode === null && cable.signalCode === null) await gone
}
