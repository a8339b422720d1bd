import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const PYTHON = '/usr/bin/python3'
const PROGRAM = join(import.meta.dirname, 'slow-cable.py')

/** Why no cable can be slowed here, or undefined when it can. */
export function whyNoSlowCable(): string | undefined {
  return spawnSync('unshare', ['-n', PYTHON, PROGRAM, 'a', 'b', '0', '0'], { input: '' }).stdout?.toString() === 'up\n' ? undefined : 'a slow cable needs python3 and /dev/net/tun'
}

/** What a cable does in each direction. */
export interface CableFaults { readonly delayMs: number; readonly lossPercent: number }

export interface SlowCable {
  /** From when it resolves. Frames that are under way keep their delay. */
  change(faults: CableFaults): Promise<void>
  /** Put the short one back. */
  mend(): Promise<void>
  /** What is left of it when its machines are gone. */
  remove(): void
}

/** Put a cable that delays and loses between a port and its bridge. */
export async function slowCable(namespace: string, { port, bridge, delayMs, lossPercent }: { port: string; bridge: string } & CableFaults): Promise<SlowCable> {
  const [near, far, detour] = [`${port}n`, `${port}f`, `${port}d`]
  const ip = (...words: string[]): void => { execFileSync('ip', ['-n', namespace, ...words], { stdio: ['ignore', 'ignore', 'inherit'] }) }
  const cable = spawn('ip', ['netns', 'exec', namespace, PYTHON, PROGRAM, near, far, `${delayMs}`, `${lossPercent}`], { stdio: ['pipe', 'pipe', 'inherit'] })
  await Promise.race([once(cable.stdout, 'data'), once(cable, 'exit').then(() => { throw new Error('the slow cable ended at once') })])
  ip('link', 'add', detour, 'type', 'bridge')
  ip('link', 'set', detour, 'up')
  ip('link', 'set', near, 'master', detour, 'up')
  ip('link', 'set', far, 'master', bridge, 'up')
  ip('link', 'set', port, 'master', detour)
  return {
    async change(faults) {
      const over = new AbortController()
      const done = Promise.race([once(cable.stdout, 'data', { signal: over.signal }), once(cable, 'exit', { signal: over.signal }).then(() => { throw new Error('the slow cable ended') })])
      cable.stdin.write(`${faults.delayMs} ${faults.lossPercent}\n`)
      await done.finally(() => over.abort())
    },
    async mend() {
      ip('link', 'set', port, 'master', bridge)
      ip('link', 'del', detour)
      await ended(cable)
    },
    remove() { cable.stdin.end() }
  }
}

async function ended(cable: ChildProcess): Promise<void> {
  const gone = once(cable, 'exit')
  cable.stdin?.end()
  if (cable.exitCode === null && cable.signalCode === null) await gone
}
