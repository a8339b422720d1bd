import { existsSync, renameSync, writeFileSync } from 'node:fs'

const LIBRARY = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketime.so.1`

/** Why no process can be given a wrong clock here, or undefined when it can. */
export function whyNoSkew(): string | undefined {
  return existsSync(LIBRARY) ? undefined : 'clock skew needs libfaketime (package faketime)'
}

/** The wall clock of processes that are started with the words of `wrapper`; their monotonic clock stays right. */
export class WallClock {
  readonly #path: string

  /** @param path of a file that the processes read once a second */
  constructor(path: string) {
    this.#path = path
    this.set(0)
  }

  get wrapper(): string[] {
    if (whyNoSkew() !== undefined) return []
    return ['env', `LD_PRELOAD=${LIBRARY}`, `FAKETIME_TIMESTAMP_FILE=${this.#path}`, 'FAKETIME_CACHE_DURATION=1', 'FAKETIME_DONT_FAKE_MONOTONIC=1']
  }

  /** Seconds ahead of the right time. Takes effect within a second. */
  set(seconds: number): void {
    writeFileSync(`${this.#path}.new`, `${seconds < 0 ? '' : '+'}${seconds}`)
    renameSync(`${this.#path}.new`, this.#path) // never half a number
  }
}
