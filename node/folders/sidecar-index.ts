import { dirname } from 'node:path'
import { MAX_SIDECARS, sidecarStems, stemOf } from '../library/deep/sidecars.ts'

/** Sidecars by the folder they lie in and what they are called without their last extension. Pure. */
export class SidecarIndex<T extends { readonly path: string }> {
  readonly #byStem = new Map<string, T[]>()

  add(file: T): void {
    const key = `${dirname(file.path)}/${stemOf(file.path)}`
    const there = this.#byStem.get(key)
    if (there === undefined) this.#byStem.set(key, [file])
    else there.push(file)
  }

  /** By path; a picture and a film of one name share what belongs to the name. */
  of(path: string): T[] {
    const found = new Set(sidecarStems(path).flatMap((stem) => this.#byStem.get(`${dirname(path)}/${stem}`) ?? []))
    return [...found].sort((a, b) => (a.path < b.path ? -1 : 1)).slice(0, MAX_SIDECARS)
  }
}
